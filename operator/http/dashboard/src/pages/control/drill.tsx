import {useState} from 'preact/hooks';
import {api, expectData, type DrillResult, type PolicySummary} from '../../api/client';
import {Card, Chip, Facts, Notice} from '../../components/basics';
import {Chart} from '../../components/chart';
import type {ChartData} from '../../components/chart_data';
import {NumberField} from '../../components/fields';
import {useAction} from '../../components/use_action';
import {duration, number, percent} from '../../format';
import {OUTCOMES} from '../policy/what_if';

/** A burst or a slow service on a simulated twin. */
export function Drill({policy: {namespace, name}}: {policy: PolicySummary}) {
  const [requestFactor, setRequestFactor] = useState<number | undefined>(5);
  const [latencyFactor, setLatencyFactor] = useState<number | undefined>(1);
  const [overlaySeconds, setOverlaySeconds] = useState<number | undefined>(120);
  const {run, busy, data, error} = useAction(() => expectData(api.POST('/api/v1/policies/{namespace}/{name}/drill',
    {params: {path: {namespace, name}}, body: {requestFactor: requestFactor ?? 1, latencyFactor: latencyFactor ?? 1, overlaySeconds: overlaySeconds ?? 120, seed: 1}})));
  const submit = (event: Event) => {
    event.preventDefault();
    void run();
  };
  return (
    <Card title="Virtual drill" aside={<Chip tone="quiet">Simulated twin</Chip>} wide>
      <p>What would Spillway do if the load or the service time rose now? A simulated twin is hit; no request is sent, no replica is written.</p>
      <form class="row" onSubmit={submit}>
        <NumberField label="Load ×" min={1} max={10} step={0.1} value={requestFactor} onChange={setRequestFactor} />
        <NumberField label="Service time ×" min={1} max={10} step={0.1} value={latencyFactor} onChange={setLatencyFactor} />
        <NumberField label="Duration" unit="s" min={1} max={600} value={overlaySeconds} onChange={setOverlaySeconds} />
        <button class="primary" disabled={busy}>{busy ? 'Playing…' : 'Run the virtual drill'}</button>
      </form>
      {error && <Notice tone="critical">{error}</Notice>}
      {data && <Result of={data} />}
    </Card>
  );
}

function Result({of}: {of: DrillResult}) {
  const {time, offered, twin} = of.course;
  const overlay = {from: of.startsAtSeconds, to: of.endsAtSeconds};
  const axis = {time, from: time[0] ?? 0, to: time.at(-1) ?? 1, relative: true, group: 'drill', overlay};
  const charts: ChartData[] = [
    {title: 'Load on the twin', ...axis, format: value => `${number(value)}/s`, series: [{label: 'Offered', values: offered, colour: '--ink'}]},
    {title: 'Replicas of the twin', ...axis, format: number, series: [{label: 'Asked for', values: twin.replicas, colour: '--ink', shape: 'step'}, {label: 'Ready', values: twin.ready, colour: '--ready', shape: 'step'}]},
    {title: 'Backlog of the twin', ...axis, format: number, series: [{label: 'Waiting', values: twin.backlog, colour: '--ink'}]},
    {title: 'Utilisation of the twin', ...axis, format: percent, series: [{label: 'Utilisation', values: twin.utilization, colour: '--ink'}]},
  ];
  return (
    <div class="result virtual">
      <p class="answer"><Chip tone="quiet">Virtual</Chip> {of.sentence}</p>
      <div class="charts">{charts.map(chart => <Chart key={chart.title} data={chart} />)}</div>
      <Facts of={OUTCOMES.map(([label, show]) => [label, show(of.outcome)])} />
      <p class="hint">A replica serves {number(of.assumptions.capacityPerReplica)}/s and is ready after {duration(of.assumptions.startupSeconds)}. The ground is shaded while the overlay acts.</p>
    </div>
  );
}
