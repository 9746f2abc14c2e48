import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

import type { ApiDescription } from '../api.ts';
import { limitCallers } from '../limits.ts';
import { descriptionOf } from './document.ts';
import { completeDocument } from './complete.ts';

/** Where the description is read by people; what it is made of is at /docs/json and /docs/yaml. */
const uiPath = '/docs';

/**
 * What the page may do: it is made of files of this server, and calls no other. Style elements and attributes are of
 * the page's own making, which no hash can foresee; scripts are files only.
 */
const pagePolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/**
 * Serves the OpenAPI description of the APIs, which is made of the schemas of their routes, and a page that shows it.
 * Register it before the plugins of the APIs, whose routes it watches being made. Nobody is asked for a token here: the
 * description is that of the repository and tells nothing of an installation but how it answers.
 */
export async function serveDescription(app: FastifyInstance, described: readonly ApiDescription[]): Promise<void> {
  await app.register(swagger, {
    openapi: descriptionOf(described),
    transformObject: (made) =>
      'openapiObject' in made ? completeDocument(made.openapiObject, described) : made.swaggerObject,
    convertConstToEnum: false,
  });
  await app.register(async (pages) => {
    limitCallers(pages, 'onRequest');
    await pages.register(swaggerUi, {
      routePrefix: uiPath,
      staticCSP: pagePolicy,
      theme: { title: 'Fleetwright REST APIs' },
      // Without the bar for showing other descriptions, and without keeping the token of whoever tries a call for the
      // next user of the browser.
      uiConfig: { layout: 'BaseLayout', persistAuthorization: false, deepLinking: true },
    });
  });
}
