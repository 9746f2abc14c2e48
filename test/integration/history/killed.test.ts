import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { expect, test } from 'vitest';

import { historyFinalizer } from '../../../crds/labels.ts';
import { agentTasks } from '../../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../../history/agenttask/kind.ts';
import { stepsOf as recordedSteps } from '../../../history/agenttask/lookups.ts';
import { openHistory } from '../../../history/sqlite.ts';
import { Database } from '../../../history/sqlite/database.ts';
import type { Client } from '../../../kube/client.ts';
import { testCluster } from '../../cluster/testing.ts';
import { connect } from '../kube/cluster.ts';
import { amount, patience } from '../../harness/matrix.ts';
import { recorderSite, type RecorderSite } from './recorder-process.ts';
import { createTask, endTask, isHeld, stepsOf } from './world.ts';

/** Of the facade: held from their creation, and deleted as soon as they have ended. */
const ofFacade = Array.from({ length: amount(40, 200) }, (_, number) => `facade-${number}`);
/** Of kubectl: nobody holds them, and nobody deletes them. */
const ofKubectl = Array.from({ length: amount(20, 100) }, (_, number) => `kubectl-${number}`);
const names = [...ofFacade, ...ofKubectl];

test(
  'a recorder that is killed again and again records each task once, loses none, and releases all',
  { timeout: patience(300_000) },
  async () => {
    const site = await recorderSite();
    const client = connect(testCluster().kubeconfigPath, { connections: 10 });
    const load = runAll(client, site.namespace);
    // Its failure is awaited below; until then it must not end the process.
    load.catch(() => undefined);
    await killUntilRecorded(client, site);
    await load;
    expect(rowsOf(site.historyFile)).toEqual({
      record: names.length,
      agenttask_host: 2 * names.length,
      agenttask_step: 3 * names.length,
      creations: names.length,
      twice: 0,
    });
  },
);

/** What facade, users and controllers do, a few tasks at a time. */
async function runAll(client: Client, namespace: string): Promise<void> {
  const waiting = names.toSorted((a, b) => Number(a.replace(/\D/g, '')) - Number(b.replace(/\D/g, '')));
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const held = ofFacade.includes(name);
      const task = await createTask(client, namespace, name, held ? { finalizers: [historyFinalizer] } : {});
      await endTask(client, task);
      if (held) await client.delete(agentTasks, { namespace, name });
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

/**
 * Starts recorder after recorder, each of which lives for a moment of chance, until every task is recorded whole and
 * none is held.
 */
async function killUntilRecorded(client: Client, site: RecorderSite): Promise<void> {
  const whole = new Map(
    names.map((name) => [
      name,
      `complete Succeeded 2 hosts: ${stepsOf(name)
        .map((step) => step.name)
        .join()}`,
    ]),
  );
  for (let kills = 1; ; kills += 1) {
    const recorder = site.start({ FLEETWRIGHT_LEADER_ELECTION: 'false' });
    await recorder.line(/"starting"/);
    // Longer each time: on a busy machine a moment is too short to begin.
    await sleep(200 + Math.random() * 1500 + kills * 300);
    recorder.kill('SIGKILL');
    await recorder.stop();
    const { items } = await client.list(agentTasks, { namespace: site.namespace });
    const released = items.length === ofKubectl.length && !items.some(isHeld);
    // Not before: a task that no recorder has seen yet is not held either.
    if (kills > amount(2, 10) && released && isDeepStrictEqual(await recorded(site), whole)) return;
    if (kills === 150)
      throw new Error(
        `not released: ${items
          .filter(isHeld)
          .map(({ metadata }) => metadata.name)
          .join()}; recorded: ${[...(await recorded(site))].join('; ')}`,
      );
  }
}

async function recorded({ namespace, historyFile }: RecorderSite): Promise<ReadonlyMap<string, string>> {
  const store = await openHistory(historyFile, { readOnly: true });
  const found = new Map<string, string>();
  for (const name of names) {
    const record = await store.byName(agentTaskHistory, { namespace, name });
    const { metadata, status } = record?.object ?? {};
    const log = await recordedSteps(store, [metadata?.uid ?? '']);
    found.set(
      name,
      `${record?.complete === true ? 'complete' : 'open'} ${status?.phase} ${status?.hosts?.length} hosts: ` +
        log.map((step) => step.name).join(),
    );
  }
  await store.close();
  return found;
}

function rowsOf(file: string): object {
  const database = new Database(file, true);
  const rows = (from: string): number => Number(database.get(`SELECT count(*) AS n FROM ${from}`)?.['n']);
  const counts = {
    record: rows('record'),
    agenttask_host: rows('agenttask_host'),
    agenttask_step: rows('agenttask_step'),
    creations: rows(`operation WHERE operation = 'create'`),
    // Deletions too are there as often as a recorder lived to see one.
    twice: rows('(SELECT 1 FROM operation GROUP BY record, operation HAVING count(*) > 1)'),
  };
  expect(database.get('PRAGMA integrity_check')?.['integrity_check']).toBe('ok');
  database.close();
  return counts;
}
