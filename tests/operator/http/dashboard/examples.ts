// Fixtures: the examples of docs/openapi.yaml, which its own test holds against its schemas.
import {readFileSync} from 'node:fs';
import {parse} from 'yaml';
import type {components} from '../../../../operator/http/dashboard/src/api/schema';

declare const REPOSITORY: string;
type Schemas = components['schemas'];

const document = parse(readFileSync(`${REPOSITORY}/docs/openapi.yaml`, 'utf8'), {maxAliasCount: 1000}) as {components: {examples: Record<string, {value: unknown}>}};

/** The document's example of a schema; a copy, so that a test may change it. */
export const example = <K extends keyof Schemas & string>(name: K) => structuredClone(document.components.examples[name]!.value) as Schemas[K];
