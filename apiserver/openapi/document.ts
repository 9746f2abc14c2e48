import { readFileSync } from 'node:fs';

import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

/** What of a facade's settings can be seen in its description. */
export interface Described {
  /** In which of its two ways the dispatch API answers. */
  readonly mode: 'documented' | 'original';
}

interface Manifest {
  readonly version: string;
  readonly license: string;
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;

const ways = {
  documented: 'The dispatch API answers as its document says.',
  original: 'The dispatch API answers as the original program did, for its own clients.',
} satisfies Record<Described['mode'], string>;

/** What the description says besides the calls themselves. */
export function descriptionOf({ mode }: Described): NonNullable<FastifyDynamicSwaggerOptions['openapi']> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fleetwright REST APIs',
      summary: 'Operations on fleets of machines, made as Kubernetes objects.',
      description: `Each call acts in the name of the Kubernetes user whose token the caller shows, and can do what that user may. ${ways[mode]}`,
      version: manifest.version,
      license: { name: manifest.license, identifier: manifest.license },
    },
    servers: [{ url: '/', description: 'The facade that this description was read from.' }],
    tags: [{ name: 'dispatch', description: 'Runs Ansible content on machines, and says what became of it.' }],
    security: [{ bearer: [] }],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'The token of a credential, or one of the Kubernetes API server itself, such as that of a service account.',
        },
      },
    },
  };
}
