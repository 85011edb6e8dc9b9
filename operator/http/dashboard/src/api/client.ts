import createClient from 'openapi-fetch';
import type {components, paths} from './schema';
import {rejectToken, token} from './session';

type Schemas = components['schemas'];
export type Condition = Schemas['Condition'];
export type ControlRequest = Schemas['ControlRequest'];
export type ControlResult = Schemas['ControlResult'];
export type Decision = Schemas['Decision'];
export type DrillResult = Schemas['DrillResult'];
export type FeedEntry = Schemas['FeedEntry'];
export type History = Schemas['History'];
export type Incident = Schemas['Incident'];
export type Level = Schemas['PolicySummary']['level'];
export type Mode = Schemas['Mode'];
export type Overview = Schemas['Overview'];
export type PlayOutcome = Schemas['PlayOutcome'];
export type PolicyDetail = Schemas['PolicyDetail'];
export type PolicySummary = Schemas['PolicySummary'];
export type Profile = Schemas['Profile'];
export type Sample = Schemas['Sample'];
export type Tiles = Schemas['Tiles'];
export type WhatIfRequest = Schemas['WhatIfRequest'];
export type WhatIfResult = Schemas['WhatIfResult'];
export type Zone = Schemas['Zone'];

/** What the server sends as `event` and `data` of its stream. */
export type StreamEvents = {
  hello: Schemas['StreamHello'];
  decision: Schemas['StreamDecision'];
  policyGone: Schemas['StreamPolicyGone'];
  overview: Schemas['StreamOverview'];
  incident: Incident;
  audit: Schemas['AuditEntry'];
};

/** A refusal or failure, in the server's own words. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export const api = createClient<paths>({baseUrl: '/'});

api.use({
  onRequest({request}) {
    if (token.value) request.headers.set('Authorization', `Bearer ${token.value}`);
  },
  onResponse({request, response}) {
    if (response.status === 401) rejectToken(request.headers.get('Authorization')?.replace(/^Bearer /, '') ?? '');
  },
  onError() {
    return new ApiError(0, 'The operator does not answer.');
  },
});

type Answer<T> = {data?: T; error?: unknown; response: Response};

/** The data of an answer, or an ApiError with the server's message. */
export async function expectData<T>(answer: Promise<Answer<T>>): Promise<T> {
  const {data, error, response} = await answer;
  if (data === undefined) throw new ApiError(response.status, serverMessage(error) ?? `The operator answered ${response.status}.`);
  return data;
}

export function serverMessage(body: unknown): string | undefined {
  return (body as Partial<Schemas['Error']> | undefined)?.error?.message;
}
