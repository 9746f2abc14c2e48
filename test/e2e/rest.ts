import { system } from './names.ts';
import type { Site } from './site.ts';

/** What the facade answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const program = `import { json } from 'node:stream/consumers';
  const [url, init] = await json(process.stdin);
  const answer = await fetch(url, init);
  console.log(JSON.stringify({ status: answer.status, body: await answer.json().catch(() => undefined) }));`;

/** Posts from a pod to the facade, through its Service. */
export async function viaService(site: Site, path: string, body: object, token?: string): Promise<Answer> {
  const headers = {
    'x-correlation-id': 'e2e-1',
    'x-resource': 'e2e',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const request = [`http://${site.serviceAddress}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }];
  const command = ['node', '--input-type=module', '--eval', program];
  return JSON.parse(
    await site.kubectl(
      ['exec', '--stdin', '--namespace', system, 'deploy/fleetwright-controllers', '--', ...command],
      JSON.stringify(request),
    ),
  );
}
