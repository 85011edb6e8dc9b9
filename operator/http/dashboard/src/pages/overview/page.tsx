import {Empty} from '../../components/basics';
import {number, plural, timeOfDay} from '../../format';
import {fleet, incidents, link, order} from '../../live';
import {Scope} from './scope';
import {Feed} from './feed';
import {Incidents} from './incidents';
import {Services} from './services';
import type {Tiles as TilesData} from '../../api/client';

/** The first screen: what is going on, in the order in which somebody woken at night wants it. */
export function OverviewPage() {
  if (link.value.status === 403) return <Scope />;  // also for somebody who has asked for more than they may see
  if (!fleet.value) return <Empty>Reading the situation…</Empty>;
  const {level, situation, tiles} = fleet.value;
  return (
    <>
      <h1 class={`situation ${level}`}>{situation}</h1>
      <Tiles of={tiles} />
      <div class="columns">
        <Incidents of={incidents.value} total={tiles.openIncidents} />
        <Services keys={order.value} />
        <Feed />
      </div>
    </>
  );
}

function Tiles({of}: {of: TilesData}) {
  const inTrouble = of.collapse + of.warning;
  // Right after a start not every service has been looked at, and moves are known since then only.
  const since = of.movesSince && Date.now() - Date.parse(of.movesSince) < 3_540_000 ? of.movesSince : null;
  return (
    <ul class="tiles">
      <Tile name="Services" value={number(of.policies)} tone={of.collapse ? 'critical' : inTrouble ? 'attention' : undefined}
        note={counts([of.awaited, 'not looked at yet'], [of.collapse, 'in collapse'], [of.warning, 'in warning'], [of.unknown, 'unknown'], [of.safe, 'safe'])} />
      <Tile name="Load" value={number(of.arrivalRate)} unit="requests/s" tone={of.withoutMetrics ? 'attention' : undefined}
        note={of.withoutMetrics ? `${plural(of.withoutMetrics, 'service')} without a usable metric` : of.awaited ? 'so far' : 'every service is measured'} />
      <Tile name="Waiting" value={number(of.backlog)} unit="requests" note="over all services" />
      <Tile name="Replicas ready" value={number(of.readyReplicas)} note={of.startingReplicas > 0 ? `${number(of.startingReplicas)} more on their way` : 'as many as wanted'} />
      <Tile name="Incidents open" value={number(of.openIncidents)} tone={of.unacknowledgedIncidents ? 'attention' : undefined}
        note={of.unacknowledgedIncidents ? `${number(of.unacknowledgedIncidents)} not acknowledged` : of.openIncidents ? 'all acknowledged' : 'nothing to do'} />
      <Tile name={since ? `Moves since ${timeOfDay(since)}` : 'Moves, last hour'} value={number(of.movesLastHour)}
        note={counts([of.conflicted, 'in conflict'], [of.dryRun, 'in dry run'], [of.paused, 'paused']) || (of.awaited ? 'so far' : 'every policy is active')} tone={of.conflicted ? 'attention' : undefined} />
    </ul>
  );
}

/** What there is none of is not worth a word. */
const counts = (...of: [number, string][]) => of.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`).join(', ');

type TileProps = {name: string; value: string; unit?: string; note: string; tone?: 'attention' | 'critical' | undefined};
const Tile = ({name, value, unit, note, tone}: TileProps) => (
  <li class={`tile ${tone ?? ''}`}>
    <span class="name">{name}</span>
    <span class="value">{value}{unit && <small> {unit}</small>}</span>
    <span class="note">{note}</span>
  </li>
);
