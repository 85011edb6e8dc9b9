import type {ComponentChildren} from 'preact';
import type {Level, Mode, Zone} from '../api/client';
import {now} from '../clock';
import {duration, timeOfDay, UNKNOWN} from '../format';

export type Tone = 'ok' | 'attention' | 'critical' | 'quiet';

export const toneOfLevel: Record<Level, Tone> = {Ok: 'ok', Attention: 'attention', Critical: 'critical'};
const toneOfMode: Record<Mode, Tone> = {Active: 'quiet', DryRun: 'attention', Paused: 'attention'};
const modeWords: Record<Mode, string> = {Active: 'Active', DryRun: 'Dry run', Paused: 'Paused'};

/** A word on a coloured ground. Its shape differs by tone too, for eyes that do not tell the colours apart. */
export function Chip({tone, children, title}: {tone: Tone; children: ComponentChildren; title?: string}) {
  return <span class={`chip ${tone}`} title={title}>{children}</span>;
}

const toneOfZone = {Safe: 'ok', Warning: 'attention', Collapse: 'critical'} as const;
export const ZoneChip = ({zone}: {zone: Zone}) =>
  zone ? <Chip tone={toneOfZone[zone]} title="Zone of utilisation">{zone}</Chip> : <Chip tone="quiet" title="Demand is not known">Unknown</Chip>;

export const ModeChip = ({mode}: {mode: Mode}) => <Chip tone={toneOfMode[mode]} title="Mode">{modeWords[mode]}</Chip>;

/** "12 s ago", kept current. */
export function Age({at}: {at: string | null}) {
  if (!at) return <>{UNKNOWN}</>;
  const seconds = Math.max(0, (now.value - Date.parse(at)) / 1000);
  return <time dateTime={at} title={timeOfDay(at)}>{seconds < 1 ? 'just now' : `${duration(Math.floor(seconds))} ago`}</time>;
}

export function Card({title, aside, children, wide}: {title: string; aside?: ComponentChildren; children: ComponentChildren; wide?: boolean}) {
  return (
    <section class={wide ? 'card wide' : 'card'} aria-label={title}>
      <header><h2>{title}</h2>{aside}</header>
      {children}
    </section>
  );
}

export function Notice({tone, children}: {tone: Tone; children: ComponentChildren}) {
  return <div class={`notice ${tone}`} role={tone === 'critical' ? 'alert' : 'status'}>{children}</div>;
}

/** Names and figures, one pair a line. */
export function Facts({of}: {of: [string, ComponentChildren][]}) {
  return <dl class="facts">{of.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

export const Empty = ({children}: {children: ComponentChildren}) => <p class="empty">{children}</p>;
