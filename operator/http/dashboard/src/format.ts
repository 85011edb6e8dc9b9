/** What is not known is shown as a dash, never as zero. */
export const UNKNOWN = '–';

type Figure = number | null | undefined;

const show = (value: Figure, text: (known: number) => string) => (value === null || value === undefined ? UNKNOWN : text(value));

/** Two or three significant digits are what a person reads: 0.0012, 0.42, 7.3, 128, 1.2k, 3.4M. */
export const number = (value: Figure) =>
  show(value, known => {
    const size = Math.abs(known);
    if (size >= 999.5e6) return `${trim(known / 1e9)}G`;
    if (size >= 999_500) return `${trim(known / 1e6)}M`;
    if (size >= 9_995) return `${trim(known / 1e3)}k`;
    return trim(known);
  });

function trim(value: number) {
  const size = Math.abs(value);
  if (size < 1e-6) return '0';
  if (size < 0.1) return String(Number(value.toPrecision(2)));
  return value.toFixed(size >= 99.5 || Number.isInteger(value) ? 0 : size >= 9.95 ? 1 : 2).replace(/\.(\d*?)0+$/, (_, kept) => (kept ? `.${kept}` : ''));
}

export const percent = (share: Figure) => show(share, known => `${known > 0 && known < 0.01 ? '<1' : known < 100 ? Math.round(known * 100) : number(known * 100)} %`);

/** 0.25 s, 42 s, 3 min 20 s, 2 h 5 min, 3 d 4 h */
export const duration = (seconds: Figure) =>
  show(seconds, known => {
    const whole = Math.round(known);
    if (Math.abs(known) < 10) return `${trim(known)} s`;
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return pair(whole, 60, 'min', 1, 's');
    if (whole < 86_400) return pair(whole, 3600, 'h', 60, 'min');
    return pair(whole, 86_400, 'd', 3600, 'h');
  });

/** How soon: "in 40 s", and what is due is "now", not "in 0 s". */
export const within = (seconds: number) => (seconds > 0 ? `in ${duration(seconds)}` : 'now');

function pair(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string) {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeUnit}${rest ? ` ${rest} ${smallUnit}` : ''}`;
}

/** Replicas of a plan as status.plan has them: rounded up. */
export const wholeReplicas = (replicas: number) => Math.ceil(replicas - 1e-6);

const clock = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', second: '2-digit'});

/** The time of day, in the reader's time zone. */
export const timeOfDay = (moment: string | number) => clock.format(typeof moment === 'number' ? moment * 1000 : new Date(moment));

/** "PlannedGrowth" -> "Planned growth" */
export const words = (camelCase: string) => {
  const spaced = camelCase.replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

export const plural = (count: number, noun: string) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
