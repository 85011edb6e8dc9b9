import type {ApiError} from '../../api/client';
import {Empty, Notice} from '../../components/basics';
import {link} from '../../route';

/** In place of a policy's page: it is being read, cannot be read, or is not there. */
export function Missing({policy, error}: {policy: string; error: ApiError | undefined}) {
  if (!error) return <Empty>Reading {policy}…</Empty>;
  return <Notice tone="critical">{error.message} {error.status === 404 && <a href={link.overview}>All services</a>}</Notice>;
}
