import {useState} from 'preact/hooks';
import type {PolicySummary} from '../../api/client';
import {Card, Empty, ModeChip, ZoneChip} from '../../components/basics';
import {Meter} from '../../components/meter';
import {number, percent, UNKNOWN, within} from '../../format';
import {namespace, useNamespace} from '../../api/session';
import {policySignal} from '../../live';
import {link} from '../../route';

const FIGURES = new Set(['Load', 'Waiting']);

/** All services, the most urgent first. On a phone each row is a card, so the roles are written out. */
export function Services({keys}: {keys: string[]}) {
  const [filter, setFilter] = useState('');
  const [troubled, setTroubled] = useState(false);
  // Read without following: the order, which follows urgency, draws this anew.
  const needsAttention = (key: string) => policySignal(key)?.peek().level !== 'Ok';
  const shown = keys.filter(key => key.includes(filter.toLowerCase()) && (!troubled || needsAttention(key)));
  const search = keys.length > 5 && (
    <>
      <button aria-pressed={troubled} onClick={() => setTroubled(!troubled)}>Needing attention</button>
      <input type="search" placeholder="Filter by name" aria-label="Filter services by name" value={filter} onInput={event => setFilter(event.currentTarget.value)} />
    </>
  );
  return (
    <Card title={namespace.value ? `Services of ${namespace.value} by urgency` : 'Services by urgency'} aside={<>{namespace.value && <button onClick={() => useNamespace('')}>All namespaces</button>}{search}</>}>
      {!keys.length && <Empty>There is no AutoscalerPolicy yet that you may see. <code>spillway init</code> writes one.</Empty>}
      {!!keys.length && !shown.length && <Empty>No service matches.</Empty>}
      {!!shown.length && (
        <table class="services" role="table">
          <thead role="rowgroup">
            <tr role="row">{['Service', 'State', 'Situation', 'Load', 'Utilisation', 'Waiting', 'Replicas', 'Risk'].map(name => <th key={name} role="columnheader" class={FIGURES.has(name) ? 'figure' : ''}>{name}</th>)}</tr>
          </thead>
          <tbody role="rowgroup">{shown.map(key => <Row key={key} id={key} />)}</tbody>
        </table>
      )}
    </Card>
  );
}

function Row({id}: {id: string}) {
  const policy = policySignal(id)?.value;
  if (!policy) return null;
  return (
    <tr role="row" class={policy.level}>
      <td role="cell" class="service"><a href={link.policy(policy)}><small>{policy.namespace}/ </small>{policy.name}</a></td>
      <td role="cell" class="state"><ZoneChip zone={policy.zone} />{policy.mode !== 'Active' && <ModeChip mode={policy.mode} />}</td>
      <td role="cell" class="sentence">{policy.situation}</td>
      <td role="cell" data-name="Load" class="figure">{number(policy.arrivalRate)}<small>/s</small></td>
      <td role="cell" data-name="Utilisation"><Meter share={policy.utilization} /></td>
      <td role="cell" data-name="Waiting" class="figure">{number(policy.backlog)}</td>
      <td role="cell" data-name="Replicas"><Replicas of={policy} /></td>
      <td role="cell" data-name="Risk" class="risk"><Risk of={policy} /></td>
    </tr>
  );
}

function Replicas({of}: {of: PolicySummary}) {
  const moving = of.desiredReplicas !== null && of.desiredReplicas !== of.readyReplicas;
  return <>{number(of.readyReplicas)}{moving && <> → {number(of.desiredReplicas)}</>} <small>of {of.maxReplicas}</small></>;
}

function Risk({of}: {of: PolicySummary}) {
  const full = of.utilization !== null && of.utilization >= 1 ? 'full now' : of.timeToSaturationSeconds !== null && `full ${within(of.timeToSaturationSeconds)}`;
  if (full) return <><strong>{percent(of.breachProbability)}</strong> <small>{full}</small></>;
  return <>{of.breachProbability === null ? UNKNOWN : percent(of.breachProbability)}</>;
}
