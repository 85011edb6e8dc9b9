// What a chart shows. Pure.

export type ChartSeries = {
  label: string;
  values: (number | null)[];
  colour: string;          // a variable of the stylesheet
  shape?: 'line' | 'step';
  dashed?: boolean;
  bandBelow?: boolean;     // fills the space down to the next series
  inLegend?: boolean;      // true unless told otherwise
  ahead?: boolean;         // lies in the future: the legend tells it at `readAt`
};

export type ChartData = {
  title: string;
  /** Seconds since 1970 of every value, ascending. */
  time: number[];
  series: ChartSeries[];
  /** Where the past ends and the plan begins. */
  now?: number | undefined;
  /** The moment at which the legend reads what lies ahead. */
  readAt?: number | undefined;
  from: number;
  to: number;
  /** Coloured grounds, as zones of utilisation. */
  zones?: {from: number; to: number; colour: string}[];
  /** A shaded stretch of time. */
  overlay?: {from: number; to: number};
  format: (value: number | null) => string;
  /** The axis reaches at least this far. */
  atLeast?: number | undefined;
  /** Time counts from a start instead of from 1970. */
  relative?: boolean;
  /** Charts of one group move their cursors together. */
  group?: string;
};

/** What a legend reads: the value of the last moment that has passed, known or not; of what lies ahead, that of `readAt`. */
export function newest({time, now, readAt}: Pick<ChartData, 'time' | 'now' | 'readAt'>, {values, ahead}: Pick<ChartSeries, 'values' | 'ahead'>) {
  if (ahead) {
    const then = time.findIndex((moment, index) => moment >= (readAt ?? now ?? 0) && values[index] !== null);
    return values[then < 0 ? values.findLastIndex(value => value !== null) : then] ?? null;
  }
  const last = now === undefined ? values.findLastIndex(value => value !== null) : time.findLastIndex(moment => moment <= now);
  return values[last] ?? null;
}
