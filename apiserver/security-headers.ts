import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify, type FastifyInstance } from 'fastify';

/** Seconds: a year, in which a browser that was here once does not come without TLS. */
const strictFor = 31_536_000;

/**
 * What a browser is told that shows an answer of an API. What only concerns whole pages and old browsers is left out:
 * it costs every call.
 */
const forAnswers = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  frameguard: { action: 'deny' },
  noSniff: true,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  dnsPrefetchControl: false,
  ieNoOpen: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false,
} satisfies FastifyHelmetOptions;

/**
 * The security headers of answers that are no pages, as helmet writes them. They are the same for all, so that helmet
 * is asked once and not for every call, which would be a tenth of what a read costs.
 * @param tls whether this process serves TLS. If not, whatever ends TLS in front of it alone knows that it does, and
 * may say so.
 */
export async function securityHeaders(tls: boolean): Promise<Readonly<Record<string, string>>> {
  const options = { ...forAnswers, strictTransportSecurity: tls && { maxAge: strictFor, includeSubDomains: false } };
  const [without, withThem] = [
    await headersOf(async () => undefined),
    await headersOf(async (app) => app.register(helmet, options)),
  ];
  return Object.fromEntries(
    Object.entries(withThem)
      .filter(([name]) => !(name in without))
      .map(([name, value]) => [name, String(value)]),
  );
}

/** The headers of an answer of the smallest app there is, prepared by `prepare`. */
async function headersOf(
  prepare: (app: FastifyInstance) => Promise<unknown>,
): Promise<Readonly<Record<string, unknown>>> {
  const app = fastify();
  await prepare(app);
  app.get('/', async () => '');
  const { headers } = await app.inject('/');
  await app.close();
  return headers;
}
