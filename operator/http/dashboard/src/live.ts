// What the server knows, kept current by its stream. Pages read these signals; nobody else writes them.
import {batch, computed, effect, signal, type Signal} from '@preact/signals';
import {ApiError, api, expectData, type FeedEntry, type Incident, type Overview, type PolicySummary, type StreamEvents} from './api/client';
import {namespace, rejectToken, signIn, token} from './api/session';
import {readStream} from './api/stream';

/** 'lost' since `since`: what is shown is as old as that. */
export type Link = {state: 'connecting' | 'live' | 'lost'; since: number; message: string; status?: number};

export const link = signal<Link>({state: 'connecting', since: Date.now(), message: ''});
export const fleet = signal<Pick<Overview, 'time' | 'situation' | 'level' | 'tiles'> | null>(null);
/** Keys of the policies, the most urgent first. Each policy has a signal of its own: a decision redraws one row, not the table. */
export const order = signal<string[]>([]);
export const incidents = signal<Incident[]>([]);
/** null: not read yet. */
export const feed = signal<FeedEntry[] | null>(null);

/** Grows whenever everything was read anew: pages with data of their own do the same. */
export const epoch = signal(0);

const policies = new Map<string, Signal<PolicySummary>>();
type DecisionListener = (event: StreamEvents['decision']) => void;
const listeners = new Map<string, Map<DecisionListener, () => void>>();

export const keyOf = (policy: {namespace: string; name: string}) => `${policy.namespace}/${policy.name}`;
export const policySignal = (key: string) => policies.get(key);

/** Calls `listener` on every decision about a policy and `onGone` when it is deleted, until the returned function is called. */
export function onDecision(key: string, listener: DecisionListener, onGone: () => void = () => {}) {
  const of = listeners.get(key) ?? new Map<DecisionListener, () => void>();
  listeners.set(key, of.set(listener, onGone));
  return () => void of.delete(listener);
}

/** Many decisions a second reach a large fleet's page: it is sorted and drawn a few times a second, which nobody can tell apart. */
const DRAW_MS = 100;
let pending = new Map<string, PolicySummary | null>();
let drawing = false;

function schedule(key: string, summary: PolicySummary | null) {
  pending.set(key, summary);
  if (drawing) return;
  drawing = true;
  setTimeout(draw, DRAW_MS);
}

function draw() {
  const changes = pending;
  pending = new Map();
  drawing = false;
  batch(() => {
    for (const [key, summary] of changes) {
      const known = policies.get(key);
      if (!summary) policies.delete(key);
      else if (known) known.value = summary;
      else policies.set(key, signal(summary));
    }
    sort();
  });
}

function sort() {
  const urgency = (key: string) => policies.get(key)!.peek().urgency;
  const sorted = [...policies.keys()].sort((a, b) => urgency(b) - urgency(a) || a.localeCompare(b));
  if (sorted.join() !== order.peek().join()) order.value = sorted;
}

const inScope = () => (namespace.peek() ? {namespace: namespace.peek()} : {});

async function load() {
  const overview = await expectData(api.GET('/api/v1/overview', {params: {query: inScope()}}));
  void refreshFeed();
  const named = new Set(overview.services.map(keyOf));
  for (const key of policies.keys()) if (!named.has(key)) pending.set(key, null);
  for (const service of overview.services) pending.set(keyOf(service), service);
  batch(() => {
    draw();
    fleet.value = overview;
    incidents.value = overview.incidents;
    ++epoch.value;
  });
}

let feedIsOld = false;
/** The feed has no event of its own in the stream: it is read again after an event that adds to it. */
async function refreshFeed() {
  if (feedIsOld) return;
  feedIsOld = true;
  await pause(DRAW_MS);
  feedIsOld = false;
  const {data} = await api.GET('/api/v1/events', {params: {query: {limit: 60, ...inScope()}}});
  if (data) feed.value = data.events;
}

function keepIncident(incident: Incident) {
  const others = incidents.peek().filter(other => other.id !== incident.id);
  incidents.value = incident.state === 'Open' ? [...others, incident].sort(byPriority) : others;
}

const priorities: Incident['priority'][] = ['Critical', 'High', 'Medium', 'Low'];
/** As the server lists them: the most pressing first, then the older. */
const byPriority = (a: Incident, b: Incident) =>
  priorities.indexOf(a.priority) - priorities.indexOf(b.priority) || a.openedAt.localeCompare(b.openedAt);

const handle: {[K in keyof StreamEvents]: (data: StreamEvents[K]) => void} = {
  hello: ({resumed}) => void (resumed || load().catch(() => undefined)),
  decision: event => {
    const key = keyOf(event.summary);
    schedule(key, event.summary);
    if (event.decision?.moved) void refreshFeed();
    for (const listener of listeners.get(key)?.keys() ?? []) listener(event);
  },
  policyGone: gone => {
    schedule(keyOf(gone), null);
    for (const onGone of listeners.get(keyOf(gone))?.values() ?? []) onGone();
  },
  overview: overview => (fleet.value = overview),
  incident: incident => {
    keepIncident(incident);
    void refreshFeed();
  },
  audit: () => void refreshFeed(),
};

let wake = () => {};
let stream = new AbortController();
let lastAlive = Date.now();
const position = {lastEventId: ''};
const pause = (milliseconds: number) => new Promise<void>(done => setTimeout(done, milliseconds));
/** Tries to connect at once instead of after the pause. */
export const retry = () => wake();

/**
 * A hidden page gives its connection back: a browser has only six for one host over HTTP/1.1, and pages that it keeps for the
 * back button would hold theirs. It goes on without a gap as soon as somebody looks.
 */
const visible = signal(!document.hidden);
document.addEventListener('visibilitychange', () => (visible.value = !document.hidden));
const wanted = computed(() => visible.value && signIn.value === 'no');

/** Follows the stream for as long as the page lives; after a loss it goes on where it was. */
export async function follow() {
  for (let attempt = 0; ; ++attempt) {
    await untilWanted();
    stream = new AbortController();
    const sent = token.peek();
    try {
      await readStream(position, {
        onEvent: (type, data) => (handle[type] as ((data: unknown) => void) | undefined)?.(data),
        onAlive: () => {
          attempt = 0;
          lastAlive = Date.now();
          if (link.peek().state !== 'live') link.value = {state: 'live', since: lastAlive, message: ''};
        },
      }, stream);
    } catch (error) {
      if (wanted.peek()) noteLoss(error instanceof ApiError ? error : new ApiError(0, 'The operator does not answer.'), sent);
      else if (signIn.peek() === 'no') link.value = {state: 'connecting', since: lastAlive, message: ''};
    }
    await Promise.race([pause(Math.min(5000, 500 * 2 ** attempt)), new Promise<void>(done => (wake = done))]);
  }
}

function noteLoss({status, message}: ApiError, sent: string) {
  if (status === 401) return rejectToken(sent);
  if (status === 429) load().catch(() => undefined);  // as many clients as allowed: look now and then instead
  link.value = {state: 'lost', since: lastAlive, message, status};
}

const untilWanted = () => new Promise<void>(done => {
  const stop = effect(() => {
    if (wanted.value) queueMicrotask(() => (stop(), done()));
  });
});

effect(() => {
  if (wanted.value) wake();
  else stream.abort();
});
// Without a token that is accepted nothing is live; who signed out leaves nothing behind.
effect(() => {
  if (signIn.value === 'no') return;
  link.value = {state: 'lost', since: lastAlive, message: signIn.value === 'rejected' ? 'The token is not accepted any more.' : 'Nobody is signed in.'};
  if (!token.peek()) forget();
});

function forget() {
  position.lastEventId = '';
  pending = new Map();
  batch(() => {
    policies.clear();
    order.value = [];
    fleet.value = null;
    incidents.value = [];
    feed.value = null;
    epoch.value = epoch.peek() + 1;  // an effect calls this: reading would make it follow what it writes
  });
}

// Another namespace is another stream, from its beginning.
namespace.subscribe(() => {
  position.lastEventId = '';
  stream.abort();
  wake();
});
addEventListener('online', retry);
