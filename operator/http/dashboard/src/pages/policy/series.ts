// From history, forecast and plan to charts. Pure.
import type {History, PolicyDetail, Sample} from '../../api/client';
import type {ChartData, ChartSeries} from '../../components/chart_data';
import {duration, number, percent, wholeReplicas} from '../../format';

type Column = (number | null)[];
type Points = {time: number[]; values: Column[]};

/** Rows kept in the browser; as many as the server keeps. */
const KEEP = 480;
const COLUMNS = ['time', 'arrivalRate', 'forecastMedian', 'forecastP93', 'forecastLeadSeconds', 'currentReplicas', 'readyReplicas', 'desiredReplicas',
  'backlog', 'backlogLimit', 'latencySeconds', 'throughput', 'utilization', 'breachProbability'] as const;

/** History with one row more; a row that is there already is not taken twice. */
export function appendSample(history: History, sample: Sample): History {
  if (sample.time <= (history.time.at(-1) ?? -Infinity)) return history;
  const next = {...history};
  for (const column of COLUMNS) (next as Record<typeof column, Column>)[column] = [...history[column], sample[column]].slice(-KEEP);
  return next;
}

/** How far back the charts look: enough to see the plan beside it, or everything. */
export function spanOf(history: History, detail: PolicyDetail, all: boolean) {
  const end = seconds(detail.decidedAt) ?? history.time.at(-1) ?? Date.now() / 1000;
  const horizon = detail.plan?.horizonSeconds ?? 0;
  const close = Math.max(4 * horizon, 120);
  // What lies ahead is read where a replica asked for now would be ready.
  const readAt = end + Math.min(detail.estimate?.startupP50Seconds ?? 0, horizon);
  return {from: all ? Math.min(history.time[0] ?? end, end - close) : end - close, to: end + horizon, now: end, readAt};
}

const seconds = (moment: string | null) => (moment === null ? undefined : Date.parse(moment) / 1000);

/** The past, then the future, on one axis: every column is one or the other. */
function join(past: Points, future: Points): {time: number[]; past: Column[]; future: Column[]} {
  const before = future.values.length ? future.time.findIndex(time => time > (past.time.at(-1) ?? -Infinity)) : -1;
  const ahead = before < 0 ? [] : future.time.slice(before);
  return {
    time: [...past.time, ...ahead],
    past: past.values.map(column => [...column, ...ahead.map(() => null)]),
    // The first value of the future stands at the last moment of the past, so that the lines meet.
    future: future.values.map(column => [...past.time.map((_, index) => (index === past.time.length - 1 && ahead.length ? (column[0] ?? null) : null)), ...(before < 0 ? [] : column.slice(before))]),
  };
}

function fan(detail: PolicyDetail, rateNow: number | null): Points {
  const start = seconds(detail.decidedAt);
  if (!detail.forecast || start === undefined) return {time: [], values: []};
  const {stages, levels} = detail.forecast;
  return {
    time: [start, ...stages.map(stage => start + stage.offsetSeconds + stage.durationSeconds / 2)],
    values: levels.map((_, index) => [rateNow, ...stages.map(stage => stage.quantiles[index] ?? null)]),
  };
}

export function loadChart(history: History, detail: PolicyDetail, span: ReturnType<typeof spanOf>): ChartData {
  const joined = join({time: history.time, values: [history.arrivalRate]}, fan(detail, history.arrivalRate.at(-1) ?? null));
  const levels = detail.forecast?.levels ?? [];
  const quantiles = levels.map((level, index) => ({level, values: joined.future[index]!})).sort((a, b) => b.level - a.level);
  return {
    title: 'Load and forecast', ...span, group: 'policy', time: joined.time, format: value => `${number(value)}/s`,
    series: [{label: 'Offered', values: joined.past[0]!, colour: '--ink'}, ...quantiles.map((quantile, index) => fanSeries(quantile, index === quantiles.length - 1))],
  };
}

function fanSeries({level, values}: {level: number; values: Column}, lowest: boolean): ChartSeries {
  const median = level === 0.5;
  const named = median || level === 0.97;  // the rest are shades between them
  return {label: median ? 'Forecast, median' : `Forecast, ${Math.round(level * 1000) / 10} %`, values, colour: '--forecast', dashed: median, bandBelow: !lowest, inLegend: named, ahead: true};
}

function plannedSteps(detail: PolicyDetail, value: (stage: NonNullable<PolicyDetail['plan']>['stages'][number]) => number): Points {
  const start = seconds(detail.decidedAt);
  const stages = detail.plan?.stages ?? [];
  const last = stages.at(-1);
  if (start === undefined || !last) return {time: [], values: []};
  return {
    time: [...stages.map(stage => start + stage.offsetSeconds), start + last.offsetSeconds + last.durationSeconds],
    values: [[...stages.map(value), value(last)]],
  };
}

export function replicasChart(history: History, detail: PolicyDetail, span: ReturnType<typeof spanOf>): ChartData {
  const wanted = plannedSteps(detail, stage => wholeReplicas(stage.replicas));
  const ready = plannedSteps(detail, stage => Math.round(stage.ready * 10) / 10);
  const joined = join({time: history.time, values: [history.currentReplicas, history.readyReplicas]}, {time: wanted.time, values: [...wanted.values, ...ready.values]});
  return {
    title: 'Replicas', ...span, group: 'policy', time: joined.time, format: number, atLeast: detail.summary.minReplicas + 1,
    series: [
      {label: 'Asked for', values: joined.past[0]!, colour: '--ink', shape: 'step'},
      {label: 'Ready', values: joined.past[1]!, colour: '--ready', shape: 'step'},
      ...(joined.future.length ? [
        {label: 'Planned', values: joined.future[0]!, colour: '--ink', shape: 'step' as const, dashed: true, ahead: true},
        {label: 'Ready then', values: joined.future[1]!, colour: '--ready', shape: 'step' as const, dashed: true, ahead: true},
      ] : []),
      limit('Maximum', joined.time, detail.limits.maxReplicas, nearTop(detail)),
    ],
  };
}

/** A maximum far above everything would flatten the chart: it is drawn once it matters. */
const nearTop = ({summary, limits, plan}: PolicyDetail) =>
  Math.max(summary.currentReplicas ?? 0, summary.desiredReplicas ?? 0, ...(plan?.stages ?? []).map(stage => stage.replicas)) > 0.6 * limits.maxReplicas;

const limit = (label: string, time: number[], value: number, shown = true): ChartSeries =>
  ({label, values: time.map(() => (shown ? value : null)), colour: '--limit', dashed: true, inLegend: shown});

export function backlogChart(history: History, detail: PolicyDetail, span: ReturnType<typeof spanOf>): ChartData {
  const start = seconds(detail.decidedAt);
  const stages = detail.plan?.stages ?? [];
  const planned = start === undefined || !stages.length ? {time: [], values: []} : {
    time: [start, ...stages.map(stage => start + stage.offsetSeconds + stage.durationSeconds)],
    values: [[history.backlog.at(-1) ?? null, ...stages.map(stage => stage.backlog)]],
  };
  const joined = join({time: history.time, values: [history.backlog, history.backlogLimit]}, planned);
  return {
    title: 'Backlog: requests waiting', ...span, group: 'policy', time: joined.time, format: number, atLeast: 10,
    series: [
      {label: 'Waiting', values: joined.past[0]!, colour: '--ink'},
      ...(joined.future.length ? [{label: 'Expected', values: joined.future[0]!, colour: '--ink', dashed: true, ahead: true}] : []),
      {label: 'Limit', values: joined.past[1]!, colour: '--limit', dashed: true},
    ],
  };
}

export function latencyChart(history: History, detail: PolicyDetail, span: ReturnType<typeof spanOf>): ChartData {
  return {
    title: 'Latency', ...span, group: 'policy', time: history.time, format: duration,
    series: [
      {label: 'Measured', values: history.latencySeconds, colour: '--ink'},
      limit('Longest wait that is not late', history.time, detail.limits.maxQueueDelaySeconds),
    ],
  };
}

export function utilizationChart(history: History, {zones}: PolicyDetail, span: ReturnType<typeof spanOf>): ChartData {
  return {
    title: 'Utilisation of the ready replicas', ...span, group: 'policy', time: history.time, format: percent, atLeast: 1.1,
    zones: [{from: zones.warning, to: zones.collapse, colour: '--attention-fill'}, {from: zones.collapse, to: 1e9, colour: '--critical-fill'}],
    series: [{label: 'Utilisation', values: history.utilization, colour: '--ink'}],
  };
}
