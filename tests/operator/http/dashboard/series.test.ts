import assert from 'node:assert/strict';
import {test} from 'node:test';
import {candidateOf} from '../../../../operator/http/dashboard/src/pages/policy/candidate';
import {newest} from '../../../../operator/http/dashboard/src/components/chart_data';
import {appendSample, backlogChart, latencyChart, loadChart, replicasChart, spanOf, utilizationChart} from '../../../../operator/http/dashboard/src/pages/policy/series';
import {example} from './examples';

/** A history whose last row is the decision that the detail describes. */
function situation() {
  const detail = example('PolicyDetail');
  const history = example('History');
  const end = Date.parse(detail.decidedAt!) / 1000;
  const shift = end - history.time.at(-1)!;
  history.time = history.time.map(time => time + shift);
  return {detail, history, end, span: spanOf(history, detail, false)};
}
const charts = [loadChart, replicasChart, backlogChart, latencyChart, utilizationChart];

test('every column of a chart is as long as its time axis, which only rises', () => {
  const {detail, history, span} = situation();
  for (const chart of charts.map(make => make(history, detail, span))) {
    for (const series of chart.series) assert.equal(series.values.length, chart.time.length, `${chart.title}: ${series.label}`);
    chart.time.forEach((time, index) => assert.ok(index === 0 || time > chart.time[index - 1]!, `${chart.title} at ${index}`));
  }
});

test('the fan begins at the present load and reaches as far as the forecast', () => {
  const {detail, history, end, span} = situation();
  const chart = loadChart(history, detail, span);
  const median = chart.series.find(series => series.label === 'Forecast, median')!;
  const now = chart.time.indexOf(end);
  assert.equal(median.values[now], history.arrivalRate.at(-1));
  assert.equal(median.values.slice(0, now).find(value => value !== null), undefined);
  const last = detail.forecast!.stages.at(-1)!;
  assert.equal(median.values.at(-1), last.quantiles[detail.forecast!.levels.indexOf(0.5)]);
  assert.equal(chart.time.at(-1), end + last.offsetSeconds + last.durationSeconds / 2);
});

test('what lies ahead is read at the start-up lag and not at the present', () => {
  const {detail, history, span} = situation();
  const chart = loadChart(history, detail, span);
  for (const series of chart.series.filter(one => one.ahead)) {
    const read = chart.time.findIndex((time, index) => time >= span.readAt && series.values[index] !== null);
    assert.ok(read > chart.time.findIndex(time => time >= span.now), 'the example starts replicas slower than at once');
    assert.equal(newest(chart, series), series.values[read]);
  }
  assert.equal(chart.series.filter(one => one.inLegend !== false).length, 3, 'the quantiles between are shades');
});

test('in an outage the legend reads nothing instead of the last that was known', () => {
  const time = [10, 20, 30, 40];
  assert.equal(newest({time, now: 30, readAt: undefined}, {values: [1, 2, null, null]}), null);
  assert.equal(newest({time, now: 30, readAt: undefined}, {values: [1, 2, 3, null]}), 3);
});

test('the plan is drawn with whole replicas after now, what was before it stays', () => {
  const {detail, history, end, span} = situation();
  const chart = replicasChart(history, detail, span);
  const planned = chart.series.find(series => series.label === 'Planned')!;
  const asked = chart.series.find(series => series.label === 'Asked for')!;
  assert.deepEqual(asked.values.slice(0, history.time.length), history.currentReplicas);
  assert.equal(planned.values[chart.time.indexOf(end)], Math.ceil(detail.plan!.stages[0]!.replicas));
  assert.ok(planned.values.every(value => value === null || Number.isInteger(value)));
});

test('without forecast, plan or history the charts show what there is', () => {
  const {detail, history} = situation();
  const blind = {...detail, forecast: null, plan: null, decidedAt: null};
  for (const make of charts) assert.equal(make(history, blind, spanOf(history, blind, false)).time.length, history.time.length);
  const empty = Object.fromEntries(Object.entries(history).map(([name, value]) => [name, Array.isArray(value) ? [] : value])) as unknown as typeof history;
  for (const make of charts) make(empty, detail, spanOf(empty, detail, true));
});

test('a sample is appended once, and the oldest rows go', () => {
  const {history} = situation();
  const sample = {...Object.fromEntries(Object.keys(history).map(name => [name, 1])), time: history.time.at(-1)! + 5} as unknown as Parameters<typeof appendSample>[1];
  const longer = appendSample(history, sample);
  assert.equal(longer.time.length, history.time.length + 1);
  assert.equal(longer.backlog.length, longer.time.length);
  assert.equal(appendSample(longer, sample), longer);
  let full = longer;
  for (let k = 1; k <= 600; ++k) full = appendSample(full, {...sample, time: sample.time + k});
  assert.equal(full.time.length, 480);
});

test('a candidate holds only what was filled in', () => {
  assert.deepEqual(candidateOf({profile: ''}), {});
  assert.deepEqual(candidateOf({profile: 'Safe', minReplicas: 4, target: 70, cooldown: 0}),
    {profile: 'Safe', minReplicas: 4, objective: {targetUtilizationPercent: 70}, behavior: {scaleDown: {cooldownSeconds: 0}}});
});
