import { readFileSync } from 'node:fs';

import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

import type { ApiDescription } from '../api.ts';

/** What a description is made from. */
type Base = NonNullable<FastifyDynamicSwaggerOptions['openapi']>;

interface Manifest {
  readonly version: string;
  readonly license: string;
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;

/** What the description says besides the calls themselves. */
export function descriptionOf(apis: readonly ApiDescription[]): Base {
  const schemes = Object.assign({}, ...apis.map(({ security }) => security)) as NonNullable<
    NonNullable<Base['components']>['securitySchemes']
  >;
  const ways = apis.map(({ way }) => way).join(' ');
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fleetwright REST APIs',
      summary: 'Operations on fleets of machines, made as Kubernetes objects.',
      description:
        'Each call acts in the name of the Kubernetes user whose token the caller shows, ' +
        `and can do what that user may. ${ways}`,
      version: manifest.version,
      license: { name: manifest.license, identifier: manifest.license },
    },
    servers: [{ url: '/', description: 'The facade that this description was read from.' }],
    tags: apis.map(({ tag }) => tag),
    components: { securitySchemes: schemes },
  };
}
