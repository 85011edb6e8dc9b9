import type {PolicyDetail} from '../../api/client';
import {Card, Chip, Empty, Facts} from '../../components/basics';
import {duration, number, percent, words} from '../../format';

/** Bad is False, but for the conditions that name a trouble. */
const TROUBLES = new Set(['Conflicted', 'FallbackActive', 'ScalingLimited', 'Reconciling', 'Stalled']);
const fine = (type: string, status: string) => status === (TROUBLES.has(type) ? 'False' : 'True');

/** What the metrics said, what the model makes of it, and the conditions. */
export function Signals({detail: {readings, estimate, conditions}}: {detail: PolicyDetail}) {
  return (
    <Card title="Signals, model and conditions">
      <h3>Metrics at the last decision</h3>
      {!readings.length && <Empty>None were asked.</Empty>}
      {!!readings.length && (
        <table>
          <thead><tr><th>Metric</th><th class="figure">Value</th><th class="figure">Age</th><th>State</th></tr></thead>
          <tbody>
            {readings.map(({metric, value, ageSeconds, absence, detail}) => (
              <tr key={metric}>
                <td>{words(metric)}</td><td class="figure">{number(value)}</td><td class="figure">{duration(ageSeconds)}</td>
                <td>{absence === 'Present' ? <Chip tone="ok">Usable</Chip> : <><Chip tone="attention">{words(absence)}</Chip> <small>{detail}</small></>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {estimate && (
        <>
          <h3>Model</h3>
          <Facts of={[
            ['Capacity of a replica', <>{number(estimate.capacityPerReplica.value)} requests/s <Sure by={estimate.capacityPerReplica.confidence} /></>],
            ['At once in a replica', <>{number(estimate.concurrencyPerReplica.value)} <Sure by={estimate.concurrencyPerReplica.confidence} /></>],
            ['Start to ready', <>{duration(estimate.startupP50Seconds)}, slow ones {duration(estimate.startupP90Seconds)} <Sure by={estimate.startupConfidence} /></>],
            ['Delay of the metrics', duration(estimate.metricDelaySeconds)],
            ['Trust', estimate.degraded ? `Degraded, so nothing shrinks: ${estimate.degradedReason}` : estimate.warm ? 'Good' : 'Warming up, so nothing shrinks'],
          ]} />
          {estimate.rejections.map(({metric, reason, value}) => <p key={metric} class="hint">{words(metric)}{value !== null && ` ${number(value)}`} was refused: {words(reason)}.</p>)}
        </>
      )}
      <h3>Conditions</h3>
      <ul class="conditions">
        {conditions.map(({type, status, reason, message}) => (
          <li key={type}><Chip tone={fine(type, status) ? 'ok' : status === 'Unknown' ? 'quiet' : 'attention'}>{type}: {status}</Chip> <span><strong>{words(reason)}.</strong> {message}</span></li>
        ))}
      </ul>
    </Card>
  );
}

const Sure = ({by}: {by: number}) => <small>({percent(by)} sure)</small>;
