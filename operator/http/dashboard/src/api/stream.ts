import {createParser} from 'eventsource-parser';
import type {StreamEvents} from './client';
import {ApiError, serverMessage} from './client';
import {namespace, token} from './session';

export type StreamHandlers = {
  onEvent<K extends keyof StreamEvents>(type: K, data: StreamEvents[K]): void;
  /** Something arrived, a heartbeat included. */
  onAlive(): void;
};

/** The server sends a heartbeat every 10 s: silence for longer than this is a lost connection. */
const SILENCE_MS = 15_000;

/**
 * Reads the live stream until the server ends it, as it does now and then to see the token again, or throws when it breaks.
 * Fetch and not EventSource, because only fetch can send the token.
 * Goes on where the stream before ended, after `position.lastEventId`, and keeps it current.
 */
export async function readStream(position: {lastEventId: string}, handlers: StreamHandlers, abort: AbortController) {
  const headers: Record<string, string> = {Accept: 'text/event-stream'};
  if (token.value) headers.Authorization = `Bearer ${token.value}`;
  if (position.lastEventId) headers['Last-Event-ID'] = position.lastEventId;

  let silence = setTimeout(() => abort.abort(), SILENCE_MS);
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), SILENCE_MS);
    handlers.onAlive();
  };
  try {
    const response = await fetch(`/api/v1/stream${namespace.value && `?namespace=${encodeURIComponent(namespace.value)}`}`, {headers, signal: abort.signal, cache: 'no-store'});
    if (!response.ok || !response.body) {
      throw new ApiError(response.status, serverMessage(await response.json().catch(() => undefined)) ?? `The operator answered ${response.status}.`);
    }
    const parser = createParser({
      onEvent(event) {
        if (event.id) position.lastEventId = event.id;
        const type = event.event as keyof StreamEvents;
        handlers.onEvent(type, JSON.parse(event.data) as StreamEvents[typeof type]);
      },
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const {value, done} = await reader.read();
      if (done) return;
      alive();
      parser.feed(value);
    }
  } finally {
    clearTimeout(silence);
    abort.abort();
  }
}
