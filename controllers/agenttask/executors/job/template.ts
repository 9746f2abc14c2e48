import { parseDocument } from 'yaml';

import type { ObjectMeta } from '../../../../kube/objects.ts';
import type { Container, PodSpec } from '../../../../kube/workloads.ts';
import { isObject, type JsonObject } from '../json.ts';
import { plainLine } from '../plain-text.ts';
import { podPaths } from './contract.ts';
import { ownVolumeNames, runnerContainer, scratchPath } from './names.ts';

/** What the operator adds to the pods of all runs. */
export interface PodTemplate {
  readonly metadata?: Pick<ObjectMeta, 'labels' | 'annotations'>;
  readonly spec?: Pick<PodSpec, keyof typeof specFields & keyof PodSpec> & {
    readonly containers?: readonly TemplateContainer[];
  };
}

/** The container named `runner`. */
export type TemplateContainer = Pick<Container, 'name' | (keyof typeof containerFields & keyof Container)>;

/** A template of the operator that cannot be used. */
export class PodTemplateError extends Error {
  readonly code = 'POD_TEMPLATE';

  constructor(problem: string) {
    super(`--job-template (FLEETWRIGHT_JOB_TEMPLATE): ${problem}`);
    this.name = 'PodTemplateError';
  }
}

interface Shape {
  readonly words: string;
  fits(value: unknown): boolean;
}

const object: Shape = { words: 'a mapping', fits: isObject };
const text: Shape = { words: 'text', fits: (value) => typeof value === 'string' };
const texts: Shape = {
  words: 'a mapping of texts; put numbers and true and false in quotes',
  fits: (value) => isObject(value) && Object.values(value).every((item) => typeof item === 'string'),
};
const objects: Shape = { words: 'a list of mappings', fits: (value) => Array.isArray(value) && value.every(isObject) };
const named: Shape = {
  words: 'a list of mappings with a name each',
  fits: (value) => Array.isArray(value) && value.every((item) => isObject(item) && typeof item['name'] === 'string'),
};

const metadataFields = { labels: texts, annotations: texts };

const specFields = {
  affinity: object,
  dnsConfig: object,
  dnsPolicy: text,
  hostAliases: objects,
  imagePullSecrets: named,
  nodeSelector: texts,
  priorityClassName: text,
  runtimeClassName: text,
  schedulerName: text,
  tolerations: objects,
  topologySpreadConstraints: objects,
  volumes: named,
};

const containerFields = { env: named, envFrom: objects, imagePullPolicy: text, resources: object, volumeMounts: named };

/** Where a volume of the operator would hide what the run needs. */
const ownPaths = [podPaths.run, podPaths.credentials, podPaths.work, scratchPath];

/**
 * Reads a PodTemplate. Fields that are not listed above are refused: the controllers set them, so that every pod is
 * restricted in the sense of the Pod Security Standards and ends as its run expects.
 * @throws PodTemplateError naming the field and the fix
 */
export function parsePodTemplate(yaml: string): PodTemplate {
  const document = parseDocument(yaml, { logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) throw new PodTemplateError(`not valid YAML: ${plainLine(error.message)}`);
  const root: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const { metadata, spec, ...others } = objectAt(root, 'the template');
  refuse(others, '', ['metadata', 'spec']);
  // Every field is checked; what is deeper is the API server's matter.
  return {
    ...(metadata === undefined ? {} : { metadata: fieldsAt(metadata, 'metadata', metadataFields) }),
    ...(spec === undefined ? {} : { spec: specAt(spec) }),
  };
}

function specAt(value: unknown): JsonObject {
  const { containers, ...rest } = objectAt(value, 'spec');
  const spec = fieldsAt(rest, 'spec', specFields);
  for (const { name } of namedIn(spec['volumes'])) {
    if (ownVolumeNames.some((own) => own === name))
      throw new PodTemplateError(
        `spec.volumes: the name ${name} is taken by a volume of the pods' own. Give it another one`,
      );
  }
  return containers === undefined ? spec : { ...spec, containers: [containerAt(containers)] };
}

function containerAt(value: unknown): JsonObject {
  const [only, ...others] = Array.isArray(value) ? value : [];
  if (!isObject(only) || only['name'] !== runnerContainer || others.length > 0) {
    throw new PodTemplateError(
      `spec.containers: give one container with the name "${runnerContainer}", or none. ` +
        'Others would keep the pods from ending',
    );
  }
  const { name, ...rest } = only;
  const container = fieldsAt(rest, 'spec.containers[0]', containerFields);
  for (const mount of Array.isArray(container['volumeMounts']) ? container['volumeMounts'] : []) {
    const path: unknown = isObject(mount) ? mount['mountPath'] : undefined;
    if (typeof path !== 'string' || !path.startsWith('/'))
      throw new PodTemplateError('spec.containers[0].volumeMounts: each needs a mountPath that begins with "/"');
    const hides = ownPaths.find((own) => `${own}/`.startsWith(`${path.replace(/\/+$/, '')}/`));
    if (hides !== undefined)
      throw new PodTemplateError(
        `spec.containers[0].volumeMounts: ${path} would hide ${hides}, which runs need. Mount it elsewhere`,
      );
  }
  return { name, ...container };
}

function fieldsAt(value: unknown, path: string, fields: Readonly<Record<string, Shape>>): JsonObject {
  const found = objectAt(value, path);
  refuse(found, path, Object.keys(fields));
  for (const [name, shape] of Object.entries(fields)) {
    if (found[name] !== undefined && !shape.fits(found[name]))
      throw new PodTemplateError(`${path}.${name} must be ${shape.words}`);
  }
  return found;
}

function refuse(found: JsonObject, path: string, allowed: readonly string[]): void {
  const odd = Object.keys(found).find((name) => !allowed.includes(name));
  if (odd === undefined) return;
  throw new PodTemplateError(
    `${path === '' ? odd : `${path}.${odd}`} cannot be set for the pods of runs. ` +
      `Remove it; what can be set here: ${allowed.join(', ')}`,
  );
}

function objectAt(value: unknown, path: string): JsonObject {
  if (!isObject(value)) throw new PodTemplateError(`${path} must be a mapping`);
  return value;
}

function namedIn(value: unknown): readonly { readonly name: string }[] {
  return Array.isArray(value)
    ? value.filter((item): item is { readonly name: string } => isObject(item) && typeof item['name'] === 'string')
    : [];
}
