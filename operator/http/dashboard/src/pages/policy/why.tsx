import type {Decision, PolicyDetail} from '../../api/client';
import {Card, Empty} from '../../components/basics';
import {number, plural, words} from '../../format';

/** The two questions of a night shift. */
export function Why({detail: {why, whyNotMore, decision, plan}}: {detail: PolicyDetail}) {
  return (
    <div class="pair">
      <Card title="Why this number?">
        <p class="answer">{why}</p>
        {decision ? <Trail of={decision} /> : <Empty>Nothing has been decided yet.</Empty>}
      </Card>
      <Card title="Why not more?">
        <p class="answer">{whyNotMore}</p>
        {!!plan?.shadowPrices.length && (
          <table>
            <caption>What one replica of slack in a constraint would save over the horizon</caption>
            <thead><tr><th>Constraint</th><th class="figure">Replica-seconds</th></tr></thead>
            <tbody>{plan.shadowPrices.map(({constraint, price}) => <tr key={constraint}><td>{words(constraint)}</td><td class="figure">{number(price)}</td></tr>)}</tbody>
          </table>
        )}
      </Card>
    </div>
  );
}

/** From what the plan wanted to what was decided, guard by guard. */
export function Trail({of: {from, to, raw, trail, reason}}: {of: Decision}) {
  return (
    <ol class="trail">
      <li><b>{number(from)}</b> <span>{plural(from, 'replica')} before</span></li>
      <li><b>{number(raw)}</b> <span>the plan wanted, before rounding and guards</span></li>
      {trail.map(entry => <li key={entry.guard}><b>{entry.before} → {entry.after}</b> <span><strong>{words(entry.guard)}</strong> {entry.message}</span></li>)}
      <li class="final"><b>{number(to)}</b> <span>decided: {words(reason)}</span></li>
    </ol>
  );
}
