import type {PolicyDetail} from '../../api/client';
import {Card, Empty} from '../../components/basics';
import {duration, number, percent, wholeReplicas} from '../../format';

const ROWS = 12;

export function PlanTable({detail: {plan, forecast, estimate}}: {detail: PolicyDetail}) {
  if (!plan) return <Card title="Plan"><Empty>{estimate && !estimate.demandKnown ? 'Nothing is planned while demand is not known.' : 'Nothing has been planned yet.'}</Empty></Card>;
  const median = forecast?.levels.indexOf(0.5) ?? -1;
  const expected = (offset: number) => forecast?.stages.find(stage => stage.offsetSeconds <= offset && offset < stage.offsetSeconds + stage.durationSeconds)?.quantiles[median];
  const gap = plan.gapPercent === null ? '' : `, at most ${percent(plan.gapPercent / 100)} from the best`;
  return (
    <Card title="Plan" aside={<span class="hint">{plan.quality}{gap}</span>}>
      <div class="scroll" tabIndex={0} role="region" aria-label="Plan by stage">
        <table>
          <thead><tr><th>From now</th><th class="figure">Load expected</th><th class="figure">Replicas</th><th class="figure">Ready</th><th class="figure">Waiting at its end</th></tr></thead>
          <tbody>
            {plan.stages.slice(0, ROWS).map(stage => (
              <tr key={stage.offsetSeconds}>
                <td>{duration(stage.offsetSeconds)}</td>
                <td class="figure">{number(expected(stage.offsetSeconds))}/s</td>
                <td class="figure">{number(wholeReplicas(stage.replicas))}</td>
                <td class="figure">{number(stage.ready)}</td>
                <td class="figure">{number(stage.backlog)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">
        {forecast?.flat ? 'Forecast: the present level; nothing beats it.' : `Forecast: ${forecast?.method ?? 'none'}.`} Horizon {duration(plan.horizonSeconds)}
        {plan.stages.length > ROWS && `; ${plan.stages.length - ROWS} further stages`}.
      </p>
    </Card>
  );
}
