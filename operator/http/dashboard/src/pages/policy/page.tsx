import {Notice} from '../../components/basics';
import {Incidents} from '../overview/incidents';
import {Charts} from './charts';
import {Decisions} from './decisions';
import {Figures} from './figures';
import {PolicyHead} from './head';
import {Missing} from './missing';
import {Parameters} from './parameters';
import {PlanTable} from './plan';
import {Scores} from './scores';
import {Signals} from './signals';
import {usePolicy} from './use_policy';
import {WhatIf} from './what_if';
import {Why} from './why';

export function PolicyPage({namespace, name}: {namespace: string; name: string}) {
  const {detail, history, decisions, error} = usePolicy(namespace, name);
  if (!detail) return <Missing policy={`${namespace}/${name}`} error={error} />;
  return (
    <>
      {error && <Notice tone="attention">Not up to date: {error.message}</Notice>}
      <PolicyHead policy={detail.summary} page="policy" />
      <Figures of={detail} />
      {!!detail.incidents.length && <Incidents of={detail.incidents} total={detail.incidents.length} />}
      <Why detail={detail} />
      {history && <Charts history={history} detail={detail} />}
      <div class="pair">
        <PlanTable detail={detail} />
        <Parameters detail={detail} />
      </div>
      <WhatIf detail={detail} />
      <Decisions path={{namespace, name}} latest={decisions} />
      <div class="pair">
        <Signals detail={detail} />
        <Scores of={detail.scores} />
      </div>
    </>
  );
}
