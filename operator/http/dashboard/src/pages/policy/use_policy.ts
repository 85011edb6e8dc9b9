import {useEffect, useState} from 'preact/hooks';
import {api, ApiError, expectData, type Decision, type History, type PolicyDetail} from '../../api/client';
import {epoch, onDecision} from '../../live';
import {appendSample} from './series';

export type PolicyState = {detail?: PolicyDetail; history?: History; decisions: Decision[]; error?: ApiError};

const DECISIONS = 50;

/** One policy with its history and latest decisions, read once and then kept current by the stream. */
export function usePolicy(namespace: string, name: string): PolicyState {
  const [state, setState] = useState<PolicyState>({decisions: []});

  useEffect(() => {
    let gone = false;
    const path = {namespace, name};
    const put = (change: (before: PolicyState) => PolicyState) => gone || setState(change);
    const fail = (error: unknown) => put(before => ({...before, error: error as ApiError}));
    setState({decisions: []});  // another policy, or another person

    // One request at a time: a decision that comes meanwhile causes one more afterwards.
    let loading = false;
    let again = false;
    const loadDetail = async () => {
      if (loading) return void (again = true);
      loading = true;
      await expectData(api.GET('/api/v1/policies/{namespace}/{name}', {params: {path}}))
        .then(detail => put(({error: _, ...before}) => ({...before, detail})), fail);
      loading = false;
      if (again && !gone) {
        again = false;
        void loadDetail();
      }
    };
    const loadPast = () => Promise.all([
      expectData(api.GET('/api/v1/policies/{namespace}/{name}/history', {params: {path}})),
      expectData(api.GET('/api/v1/policies/{namespace}/{name}/decisions', {params: {path, query: {limit: DECISIONS}}})),
    ]).then(([history, {decisions}]) => put(before => ({...before, history, decisions})), fail);

    void loadDetail();
    void loadPast();
    const stop = onDecision(`${namespace}/${name}`, ({summary, decision, sample}) => {
      put(before => ({
        ...before,
        // The figures at once; forecast, plan and the rest a request later.
        ...(before.detail ? {detail: {...before.detail, summary, decision: decision ?? before.detail.decision}} : {}),
        ...(before.history && sample ? {history: appendSample(before.history, sample)} : {}),
        decisions: decision ? [decision, ...before.decisions.filter(one => one.id !== decision.id)].slice(0, DECISIONS) : before.decisions,
      }));
      void loadDetail();
    }, () => put(() => ({decisions: [], error: new ApiError(404, 'This policy has been deleted.')})));
    return () => {
      gone = true;
      stop();
    };
  }, [namespace, name, epoch.value]);
  return state;
}
