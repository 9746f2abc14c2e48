import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';

import { mustKubectl, type KubectlAccess } from '../cluster/kubectl.ts';
import type { Facade } from './lines.ts';

type Say = (line?: string) => unknown;

const example = join(import.meta.dirname, '..', '..', 'examples', 'agenttask-localhost.yaml');

/** Resolves when every URL answers 200. */
export async function waitUntilReady(urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    while (
      !(await fetch(url).then(
        (answer) => answer.ok,
        () => false,
      ))
    )
      await sleep(100);
  }
}

/** A task by kubectl, to its end. */
export async function applyExample(cluster: KubectlAccess, say: Say): Promise<void> {
  say();
  say('kubectl apply -f examples/agenttask-localhost.yaml');
  await mustKubectl(cluster, ['apply', '-f', example]);
  await mustKubectl(cluster, [
    'wait',
    '--for=condition=Reconciling=false',
    'agenttask/hello-localhost',
    '--timeout=120s',
  ]);
  const table = await mustKubectl(cluster, ['get', 'agenttask', 'hello-localhost']);
  say(table.trimEnd());
  const hosts = await mustKubectl(cluster, [
    'get',
    'agenttask',
    'hello-localhost',
    '-o',
    'jsonpath={range .status.hosts[*]}  {.name}: {.result}{"\\n"}{end}',
  ]);
  say(hosts.trimEnd());
}

/** A task by REST, to its end, which is waited for without a call: each would be a line on the screen. */
export async function postExample(cluster: KubectlAccess, facade: Facade, say: Say): Promise<void> {
  const name = `hello-by-rest-${Date.now()}`;
  say();
  say(`POST /api/run   name ${name}`);
  say(
    `  ${JSON.stringify(await post(facade, '/api/run', { name, nodes: ['localhost'], tasks: [{ name: 'who is it', command: 'id' }] }))}`,
  );
  await mustKubectl(cluster, [
    'wait',
    'agenttask',
    `--field-selector=spec.correlationID=${correlationID}`,
    '--for=condition=Reconciling=false',
    '--timeout=120s',
  ]);
  say(`POST /api/check name ${name}`);
  say(`  ${JSON.stringify(await post(facade, '/api/check', { name }))}`);
}

const correlationID = 'make-run';

async function post({ url, token }: Facade, path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'x-correlation-id': correlationID, 'x-resource': 'example' };
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.json();
}
