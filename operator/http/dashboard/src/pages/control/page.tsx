import {useState} from 'preact/hooks';
import {api, expectData, type ControlRequest, type ControlResult, type Mode, type PolicyDetail, type Profile} from '../../api/client';
import {Card, Notice} from '../../components/basics';
import {PolicyHead} from '../policy/head';
import {Missing} from '../policy/missing';
import {usePolicy} from '../policy/use_policy';
import {Confirm, type Action} from './confirm';
import {Drill} from './drill';

const MODES: [Mode, string, string][] = [
  ['Active', 'Active', 'Scales the target.'],
  ['DryRun', 'Dry run', 'Computes everything and writes nothing but the status of the policy.'],
  ['Paused', 'Paused', 'Observes and holds the number of replicas.'],
];
const PROFILES: [Profile, string][] = [
  ['Safe', 'Prices late requests higher, plans for wider forecast errors, shrinks slowly.'],
  ['Normal', 'The balance.'],
  ['Performance', 'Prices late requests highest, keeps the lowest set point, shrinks soonest.'],
];

export function ControlPage({namespace, name}: {namespace: string; name: string}) {
  const {detail, error} = usePolicy(namespace, name);
  if (!detail) return <Missing policy={`${namespace}/${name}`} error={error} />;
  return (
    <>
      {error && <Notice tone="attention">Not up to date: {error.message}</Notice>}
      <PolicyHead policy={detail.summary} page="control" />
      <Controls detail={detail} />
      <Drill policy={detail.summary} />
    </>
  );
}

function Controls({detail: {summary}}: {detail: PolicyDetail}) {
  const [action, setAction] = useState<Action>();
  const [done, setDone] = useState<ControlResult>();
  const {namespace, name} = summary;
  const path = {namespace, name};
  const patch = (title: string, effect: string, change: ControlRequest) => setAction({title, effect, takesReason: true, send: (dryRun, reason) =>
    expectData(api.PATCH('/api/v1/policies/{namespace}/{name}', {params: {path, query: {dryRun}}, body: {...change, ...(reason && {reason})}}))});
  const decideNow = () => setAction({title: 'Decide now', effect: 'The next decision is taken at once. It may move replicas, as every decision may.', send: dryRun =>
    expectData(api.POST('/api/v1/policies/{namespace}/{name}/decide-now', {params: {path, query: {dryRun}}}))});
  const relearn = () => setAction({title: 'Forget and learn anew', effect: 'Capacity, start-up lag and forecast are learned anew from recorded history. Nothing shrinks until the model is warm again.', send: dryRun =>
    expectData(api.POST('/api/v1/policies/{namespace}/{name}/relearn', {params: {path, query: {dryRun}}}))});

  return (
    <>
      <div class="pair">
        <Card title="Mode">
          <ul class="choices">
            {MODES.map(([mode, title, effect]) => (
              <Option key={mode} title={title} effect={effect} chosen={summary.mode === mode} onChoose={() => patch(`Set the mode to ${title.toLowerCase()}`, effect, {mode})} />
            ))}
          </ul>
        </Card>
        <Card title="Profile">
          <ul class="choices">
            {PROFILES.map(([profile, effect]) => (
              <Option key={profile} title={profile} effect={effect} chosen={summary.profile === profile} onChoose={() => patch(`Set the profile to ${profile}`, effect, {profile})} />
            ))}
          </ul>
        </Card>
      </div>
      <Card title="Now" wide>
        <div class="buttons start">
          <button onClick={decideNow}>Decide now</button>
          <button onClick={relearn}>Forget and learn anew</button>
        </div>
        <p class="hint">Every action is a patch of the custom resource, made with your own rights, and goes to the audit. Where the resource comes from Git, change it there, or Git will change it back.</p>
        {done && <Notice tone="ok">Applied to {done.namespace}/{done.name}{'spec' in done.patch && `, generation ${done.generation}`}.</Notice>}
      </Card>
      {action && <Confirm action={action} policy={summary} onClose={result => (setAction(undefined), result && setDone(result))} />}
    </>
  );
}

function Option({title, effect, chosen, onChoose}: {title: string; effect: string; chosen: boolean; onChoose: () => void}) {
  return (
    <li>
      <button aria-pressed={chosen} disabled={chosen} onClick={onChoose}><b>{title}</b>{chosen && <span> now</span>}<small>{effect}</small></button>
    </li>
  );
}
