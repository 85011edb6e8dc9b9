import type {PolicyDetail} from '../../api/client';
import {Age, Card, Empty, Facts} from '../../components/basics';
import {duration, number, percent} from '../../format';

function alarm({alarms, precision, recall, leadSeconds}: PolicyDetail['scores']['breachAlarm']) {
  const right = alarms ? `${percent(precision)} of ${number(alarms)} were right` : 'none was given';
  if (recall === null) return right;
  return `${right}; ${percent(recall)} of the times were foreseen${leadSeconds === null ? '' : `, ${duration(leadSeconds)} ahead`}`;
}

/** How good the predictions were, judged once their moment had come. */
export function Scores({of}: {of: PolicyDetail['scores']}) {
  const {warnings} = of;
  if (!of.horizons.length && !of.brierSamples) return <Card title="How good were the predictions?"><Empty>No prediction has come due yet.</Empty></Card>;
  return (
    <Card title="How good were the predictions?" aside={of.since && <span class="hint">since <Age at={of.since} /></span>}>
      <h3>Error of the median forecast</h3>
      <table>
        <thead><tr><th>Lead</th><th class="figure">Forecast</th><th class="figure">Holding the level</th><th class="figure">Samples</th></tr></thead>
        <tbody>
          {of.horizons.map(row => (
            <tr key={row.leadSeconds}><td>{duration(row.leadSeconds)}</td><td class="figure">{number(row.meanAbsoluteError)}/s</td><td class="figure">{number(row.meanAbsoluteErrorOfHold)}/s</td><td class="figure">{number(row.samples)}</td></tr>
          ))}
        </tbody>
      </table>
      <h3>Ranges and warnings</h3>
      <Facts of={[
        ...of.coverage.map(({level, observed, samples}) => [`Demand was below the ${Math.round(level * 1000) / 10} % line`, `${percent(observed)} of ${number(samples)} times`] as [string, string]),
        ['Brier score of the risk (0 is perfect)', `${number(of.brierScore)} over ${number(of.brierSamples)} (who always says the share of lateness: ${number(of.brierScoreOfBaseRate)})`],
        ['Times the backlog passed its limit', number(of.breachesSeen)],
        ['Risk of 10 % or more as an alarm', alarm(of.breachAlarm)],
        ['Utilisation above 90 % as an alarm', alarm(of.utilizationAlarm)],
        ['Warnings of saturation', `${warnings.hits} right, ${warnings.falseAlarms} false, ${warnings.misses} missed`],
        ['Warned ahead by', duration(warnings.leadP50Seconds)],
      ]} />
    </Card>
  );
}
