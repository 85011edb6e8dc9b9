import {now} from '../clock';
import {duration, timeOfDay} from '../format';
import {link, retry} from '../live';

/** In the header: whether what is shown is live. */
export function LinkPill() {
  const {state} = link.value;
  return <span class={`link ${state}`} role="status">{{connecting: 'Connecting', live: 'Live', lost: 'Not live'}[state]}</span>;
}

/** Above everything once the stream is lost: nobody may take old figures for the present. */
export function LostBanner() {
  const {state, since, message} = link.value;
  if (state !== 'lost') return null;
  return (
    <div class="lost" role="alert">
      <p><strong>Not live.</strong> {message} The figures are as of {timeOfDay(since / 1000)}, <span aria-live="off">{duration(Math.max(0, Math.floor((now.value - since) / 1000)))}</span> ago.</p>
      <button onClick={retry}>Try now</button>
    </div>
  );
}
