import {signal} from '@preact/signals';

const KEY = 'spillway.token';

/** The bearer token that every request carries. Kept for this browser tab only. */
export const token = signal(sessionStorage.getItem(KEY) ?? '');

const NAMESPACE_KEY = 'spillway.namespace';

/** The namespace to look at; empty for all, which not everybody may see. */
export const namespace = signal(sessionStorage.getItem(NAMESPACE_KEY) ?? '');

export function useNamespace(value: string) {
  namespace.value = value;
  sessionStorage.setItem(NAMESPACE_KEY, value);
}

/** Whether the server wants a (better) token before it answers. */
export const signIn = signal<'no' | 'needed' | 'rejected'>('no');

export function useToken(value: string) {
  token.value = value;
  if (value) sessionStorage.setItem(KEY, value);
  else sessionStorage.removeItem(KEY);
  signIn.value = 'no';
}

/** The server answered 401 to a request with `sent`. A late answer to an old token says nothing about a new one. */
export function rejectToken(sent: string) {
  if (sent === token.value) signIn.value = sent ? 'rejected' : 'needed';
}

/** Forgets the token. */
export function signOut() {
  useToken('');
  signIn.value = 'needed';
}
