import type {ChartData, ChartSeries} from './chart';

/** What a legend reads: the value of the last moment that has passed, known or not; of what lies ahead, that of `readAt`. */
export function newest({time, now, readAt}: Pick<ChartData, 'time' | 'now' | 'readAt'>, {values, ahead}: Pick<ChartSeries, 'values' | 'ahead'>) {
  if (ahead) {
    const then = time.findIndex((moment, index) => moment >= (readAt ?? now ?? 0) && values[index] !== null);
    return values[then < 0 ? values.findLastIndex(value => value !== null) : then] ?? null;
  }
  const last = now === undefined ? values.findLastIndex(value => value !== null) : time.findLastIndex(moment => moment <= now);
  return values[last] ?? null;
}
