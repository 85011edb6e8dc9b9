import type {ApiError} from '../../api/client';
import {Empty, Notice} from '../../components/basics';
import {link} from '../../route';

/** In place of a policy's page: it is being read, cannot be read, or is not there. What is not looked at yet (503) is asked for again by its first decision. */
export function Missing({policy, error}: {policy: string; error: ApiError | undefined}) {
  if (!error) return <Empty>Reading {policy}…</Empty>;
  if (error.status === 503) return <Notice tone="attention">{error.message}</Notice>;
  return <Notice tone="critical">{error.message} {error.status === 404 && <a href={link.overview}>All services</a>}</Notice>;
}
