import {useState} from 'preact/hooks';
import {api, expectData, type PlayOutcome, type PolicyDetail, type WhatIfResult} from '../../api/client';
import {Card, Notice} from '../../components/basics';
import {Chart} from '../../components/chart';
import type {ChartData} from '../../components/chart_data';
import {Choice, NumberField} from '../../components/fields';
import {useAction} from '../../components/use_action';
import {duration, number, percent} from '../../format';
import {candidateOf, type Form} from './candidate';

const PROFILES = [['', 'As now'], ['Safe', 'Safe'], ['Normal', 'Normal'], ['Performance', 'Performance']] as const;
const WINDOWS = [['600', '10 minutes'], ['3600', '1 hour'], ['21600', '6 hours'], ['86400', '1 day']] as const;

/** Recorded demand, played through another spec and the present one. */
export function WhatIf({detail}: {detail: PolicyDetail}) {
  const {namespace, name} = detail.summary;
  const [form, setForm] = useState<Form>({profile: ''});
  const [window, setWindow] = useState<(typeof WINDOWS)[number][0]>('3600');
  const {run, busy, data, error} = useAction(() => expectData(api.POST('/api/v1/policies/{namespace}/{name}/what-if',
    {params: {path: {namespace, name}}, body: {candidate: candidateOf(form), windowSeconds: Number(window), seed: 1}})));
  const set = (change: Partial<Form>) => setForm({...form, ...change});
  const submit = (event: Event) => {
    event.preventDefault();
    void run();
  };
  return (
    <Card title="What if?" aside={<span class="hint">A simulation. Nothing is changed.</span>} wide>
      <form class="row" onSubmit={submit}>
        <Choice label="Profile" options={PROFILES} value={form.profile} onChange={profile => set({profile})} />
        <NumberField label="Min replicas" min={1} max={100000} value={form.minReplicas} placeholder={String(detail.limits.minReplicas)} onChange={minReplicas => set({minReplicas})} />
        <NumberField label="Max replicas" min={1} max={100000} value={form.maxReplicas} placeholder={String(detail.limits.maxReplicas)} onChange={maxReplicas => set({maxReplicas})} />
        <NumberField label="Set point" unit="%" min={1} max={100} value={form.target} placeholder={detail.effectiveParameters['objective.targetUtilizationPercent'] ?? ''} onChange={target => set({target})} />
        <NumberField label="Longest wait" unit="ms" min={1} max={600000} value={form.delay} placeholder={String(detail.limits.maxQueueDelaySeconds * 1000)} onChange={delay => set({delay})} />
        <NumberField label="Shrink cooldown" unit="s" min={0} max={86400} value={form.cooldown} placeholder={detail.effectiveParameters['behavior.scaleDown.cooldownSeconds'] ?? ''} onChange={cooldown => set({cooldown})} />
        <Choice label="Demand of the last" options={WINDOWS} value={window} onChange={setWindow} />
        <button class="primary" disabled={busy}>{busy ? 'Playing…' : 'Play it'}</button>
      </form>
      {error && <Notice tone="critical">{error}</Notice>}
      {data && <Result of={data} />}
    </Card>
  );
}

export const OUTCOMES: [string, (outcome: PlayOutcome) => string][] = [
  ['Minutes over the limit', outcome => number(outcome.breachMinutes)],
  ['Late or failed', outcome => percent(outcome.lateShare)],
  ['Replica-hours', outcome => number(outcome.replicaHours)],
  ['Moves', outcome => number(outcome.moves)],
  ['Most replicas', outcome => number(outcome.maxReplicas)],
  ['Longest breach', outcome => duration(outcome.recoverySeconds)],
  ['Latency, 95 %', outcome => duration(outcome.latencyP95Seconds)],
  ['Cost, replica-seconds', outcome => number(outcome.cost)],
];

function Result({of}: {of: WhatIfResult}) {
  const {time, offered, current, candidate} = of.course;
  const axis = {time, from: time[0] ?? 0, to: time.at(-1) ?? 1, relative: true, group: 'what-if'};
  const replicas: ChartData = {title: 'Replicas', ...axis, format: number, series: [
    {label: 'Present spec', values: current.replicas, colour: '--ink', shape: 'step'}, {label: 'Candidate', values: candidate.replicas, colour: '--forecast', shape: 'step'}]};
  const backlog: ChartData = {title: 'Backlog', ...axis, format: number, series: [
    {label: 'Present spec', values: current.backlog, colour: '--ink'}, {label: 'Candidate', values: candidate.backlog, colour: '--forecast'}]};
  const load: ChartData = {title: 'Load played', ...axis, format: value => `${number(value)}/s`, series: [{label: 'Offered', values: offered, colour: '--ink'}]};
  return (
    <div class="result">
      <p class="answer">{of.sentence}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Outcomes">
        <table>
          <thead><tr><th>Over {duration(of.windowSeconds)}</th><th class="figure">Present spec</th><th class="figure">Candidate</th></tr></thead>
          <tbody>{OUTCOMES.map(([name, show]) => <tr key={name}><td>{name}</td><td class="figure">{show(of.current)}</td><td class="figure">{show(of.candidate)}</td></tr>)}</tbody>
        </table>
      </div>
      <div class="charts"><Chart data={load} /><Chart data={replicas} /><Chart data={backlog} /></div>
      <p class="hint">The demand played {of.assumptions.demand === 'Recorded' ? 'was recorded by this operator' : `was read from ${of.assumptions.demand}`}. Both begin with the replicas of the start, which count in “Most replicas”. A replica serves {number(of.assumptions.capacityPerReplica)}/s and is ready after {duration(of.assumptions.startupSeconds)}.</p>
    </div>
  );
}
