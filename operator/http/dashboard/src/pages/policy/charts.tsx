import {useMemo, useState} from 'preact/hooks';
import type {History, PolicyDetail} from '../../api/client';
import {Card, Empty} from '../../components/basics';
import {Chart} from '../../components/chart';
import {duration} from '../../format';
import {backlogChart, latencyChart, loadChart, replicasChart, spanOf, utilizationChart} from './series';

/** What was, and on shaded ground what Spillway expects and plans. */
export function Charts({history, detail}: {history: History; detail: PolicyDetail}) {
  const [all, setAll] = useState(false);
  const charts = useMemo(() => {
    const span = spanOf(history, detail, all);
    const measured = history.latencySeconds.some(value => value !== null);
    const kinds = [loadChart, replicasChart, backlogChart, utilizationChart, ...(measured ? [latencyChart] : [])];
    return kinds.map(kind => kind(history, detail, span));
  }, [history, detail, all]);
  const {from, now} = spanOf(history, detail, false);
  const whole = (history.time.at(-1) ?? 0) - (history.time[0] ?? 0);
  const choice = whole > now - from && (
    <div class="segments" role="group" aria-label="Time shown">
      <button aria-pressed={!all} onClick={() => setAll(false)}>{duration(now - from)}</button>
      <button aria-pressed={all} onClick={() => setAll(true)}>All, {duration(whole)}</button>
    </div>
  );
  return (
    <Card title="Course" aside={choice} wide>
      {!history.time.length && <Empty>The first decision has not been taken yet.</Empty>}
      <div class="charts">{charts.map(chart => <Chart key={chart.title} data={chart} />)}</div>
      {!!history.time.length && <p class="hint">Grounds of utilisation: amber from the zone Warning on, red from Collapse on.{history.latencySeconds.every(value => value === null) && ' Latency is not measured.'}</p>}
    </Card>
  );
}
