import {useState} from 'preact/hooks';
import {api, expectData, type Incident} from '../../api/client';
import {now} from '../../clock';
import {Age, Card, Chip, Empty, Facts, Notice, type Tone} from '../../components/basics';
import {Dialog} from '../../components/dialog';
import {Choice, TextField} from '../../components/fields';
import {useAction} from '../../components/use_action';
import {number, timeOfDay, words} from '../../format';
import {link} from '../../route';

/** Beside the services there is room; above them the first few, closed, must do. */
const beside = matchMedia('(min-width: 1101px)');

/** `total`: as many are open; the server sends the most pressing. */
export function Incidents({of, total}: {of: Incident[]; total: number}) {
  const [all, setAll] = useState(false);
  const first = beside.matches ? 4 : 2;
  const hidden = all ? 0 : of.length - first;
  const sorted = [...of.filter(one => !acknowledged(one)), ...of.filter(acknowledged)];
  return (
    <Card title="Open incidents">
      {!of.length && <Empty>None.</Empty>}
      {sorted.slice(0, all ? of.length : first).map((incident, index) => <IncidentCard key={incident.id} of={incident} open={index === 0 && beside.matches && !acknowledged(incident)} />)}
      {all && total > of.length && <p class="hint">The {of.length} most pressing of {total}.</p>}
      {hidden > 0 && <button onClick={() => setAll(true)}>Show {hidden} more</button>}
    </Card>
  );
}

const acknowledged = ({acknowledgement}: Incident) => !!acknowledgement && Date.parse(acknowledgement.until) > now.peek();

const toneOfPriority: Record<Incident['priority'], Tone> = {Critical: 'critical', High: 'critical', Medium: 'attention', Low: 'quiet'};

function IncidentCard({of, open}: {of: Incident; open: boolean}) {
  const [acknowledging, setAcknowledging] = useState(false);
  const {run: withdraw, busy, error} = useAction(() => expectData(api.DELETE('/api/v1/incidents/{id}/ack', {params: {path: {id: of.id}}})));
  const seen = of.acknowledgement && Date.parse(of.acknowledgement.until) > now.value ? of.acknowledgement : null;
  return (
    <article class="incident">
      <header><Chip tone={seen ? 'quiet' : toneOfPriority[of.priority]}>{of.priority}</Chip> <Age at={of.openedAt} /> <small>as of {timeOfDay(of.judgedAt ?? of.updatedAt)}</small></header>
      <h3>{of.title}</h3>
      <p><a href={link.policy(of)}>{of.namespace}/{of.name}</a></p>
      <details open={open}>
        <summary>Explanation</summary>
        <Facts of={[['Seen', of.cause], ['Means', of.model], ['Expected', of.prediction], ['Action', of.action],
          ...of.evidence.map(({name, value, unit}) => [words(name), `${number(value)} ${unit}`] as [string, string])]} />
      </details>
      {error && <Notice tone="critical">{error}</Notice>}
      {seen
        ? <p class="hint">Acknowledged by {seen.by || 'somebody'} until {timeOfDay(seen.until)}{seen.reason && `: ${seen.reason}`} <button class="plain" disabled={busy} onClick={withdraw}>Withdraw</button></p>
        : <button onClick={() => setAcknowledging(true)}>Acknowledge</button>}
      {acknowledging && <Acknowledge incident={of} onClose={() => setAcknowledging(false)} />}
    </article>
  );
}

const PERIODS = [['900', '15 minutes'], ['3600', '1 hour'], ['14400', '4 hours'], ['86400', '1 day']] as const;

function Acknowledge({incident, onClose}: {incident: Incident; onClose: () => void}) {
  const [period, setPeriod] = useState<(typeof PERIODS)[number][0]>('3600');
  const [reason, setReason] = useState('');
  const {run, busy, error} = useAction(() =>
    expectData(api.POST('/api/v1/incidents/{id}/ack', {params: {path: {id: incident.id}}, body: {expiresInSeconds: Number(period), reason}})));
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await run()) onClose();
  };
  return (
    <Dialog title="Acknowledge the incident" onClose={onClose}>
      <p>{incident.title}. It stays open until it is over; the acknowledgement ends by itself.</p>
      <form onSubmit={submit}>
        <Choice label="For" options={PERIODS} value={period} onChange={setPeriod} />
        <TextField label="Reason" value={reason} onChange={setReason} maxLength={256} placeholder="optional" />
        {error && <Notice tone="critical">{error}</Notice>}
        <div class="buttons"><button type="button" onClick={onClose}>Cancel</button><button class="primary" disabled={busy}>Acknowledge</button></div>
      </form>
    </Dialog>
  );
}
