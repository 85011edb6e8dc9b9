import {signal} from '@preact/signals';

/** Pages live behind the #, so that the server has one page and links work through any proxy. */
export type Route =
  | {page: 'overview'}
  | {page: 'audit'}
  | {page: 'policy' | 'control'; namespace: string; name: string};

/** What is no valid escape stands as it is: a broken link leads to a page that says so. */
function decoded(part: string) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function parseRoute(hash: string): Route {
  const [kind, namespace, name, tab] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  if (kind === 'policies' && namespace && name) return {page: tab === 'control' ? 'control' : 'policy', namespace, name};
  return {page: kind === 'audit' ? 'audit' : 'overview'};
}

export const link = {
  overview: '#/',
  audit: '#/audit',
  policy: ({namespace, name}: {namespace: string; name: string}) => `#/policies/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`,
  control: (policy: {namespace: string; name: string}) => `${link.policy(policy)}/control`,
};

export const route = signal(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
  scrollTo(0, 0);
  document.querySelector('main')?.focus({preventScroll: true});
});
