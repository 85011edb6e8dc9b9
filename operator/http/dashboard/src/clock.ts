import {signal} from '@preact/signals';

/** Milliseconds since 1970, once a second: what shows an age reads it. */
export const now = signal(Date.now());

setInterval(() => (now.value = Date.now()), 1000);
