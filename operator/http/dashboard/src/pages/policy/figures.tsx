import type {ComponentChildren} from 'preact';
import type {PolicyDetail} from '../../api/client';
import {now} from '../../clock';
import {Age} from '../../components/basics';
import {duration, number, percent, within} from '../../format';

/** The figures of the moment, large. */
export function Figures({of: {summary, limits, forecast, readings, nextDecisionAt}}: {of: PolicyDetail}) {
  const {currentReplicas, readyReplicas, desiredReplicas} = summary;
  const counted = readings.some(({metric}) => metric === 'backlog');
  return (
    <ul class="tiles">
      <Figure name="Replicas ready" value={number(readyReplicas)} unit={`of ${number(currentReplicas)} asked for`}>
        decided: {number(desiredReplicas)}, allowed: {limits.minReplicas} to {limits.maxReplicas}
      </Figure>
      <Figure name="Load" value={number(summary.arrivalRate)} unit="requests/s">{summary.demandKnown ? 'measured' : 'not known now'}</Figure>
      <Figure name="Utilisation" value={percent(summary.utilization)}>of the ready replicas</Figure>
      <Figure name="Waiting" value={number(summary.backlog)} unit={counted ? 'requests' : 'requests, estimated'}>limit {number(limits.backlogLimit)}, or {duration(limits.maxQueueDelaySeconds)}</Figure>
      <Figure name="Risk of lateness" value={percent(summary.breachProbability)}>
        within a minute; {summary.utilization !== null && summary.utilization >= 1 ? 'saturated now' : saturation(forecast?.saturation)}
      </Figure>
      <Figure name="Next decision" value={<Countdown to={nextDecisionAt} />}>last <Age at={summary.lastDecision?.time ?? null} /></Figure>
    </ul>
  );
}

/** By the most likely time and, where that is sooner, by the bad case of one in ten. */
function saturation(times: NonNullable<PolicyDetail['forecast']>['saturation'] | undefined) {
  if (!times) return 'time to saturation not known';
  const atProbability = (probability: number) => times.find(time => time.probability === probability)?.withinSeconds ?? null;
  const soon = atProbability(0.1), likely = atProbability(0.5);
  if (soon === null) return 'no saturation in sight';
  if (likely === null) return `one in ten: saturated ${within(soon)}`;
  return `saturated ${within(likely)}` + (soon < likely ? `, one in ten: ${within(soon)}` : '');
}

function Countdown({to}: {to: string | null}) {
  if (to === null) return <>{duration(null)}</>;
  const left = Math.ceil((Date.parse(to) - now.value) / 1000);
  return <>{left > 0 ? `in ${duration(left)}` : 'due now'}</>;
}

const Figure = ({name, value, unit, children}: {name: string; value: ComponentChildren; unit?: string; children: ComponentChildren}) => (
  <li class="tile">
    <span class="name">{name}</span>
    <span class="value">{value}{unit && <small> {unit}</small>}</span>
    <span class="note">{children}</span>
  </li>
);
