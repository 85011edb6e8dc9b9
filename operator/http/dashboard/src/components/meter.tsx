import {percent} from '../format';

/** A share of 1 as figure and bar; the bar ends at saturation. */
export function Meter({share}: {share: number | null}) {
  return (
    <span class="meter">
      {share !== null && <i aria-hidden="true"><i style={{width: `${Math.min(100, share * 100)}%`}} class={share >= 1 ? 'full' : ''} /></i>}
      {percent(share)}
    </span>
  );
}
