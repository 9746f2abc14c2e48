import { beforeAll, describe, expect, test } from 'vitest';

import { task } from '../../../chart/run-objects.ts';
import { upgradeOf } from '../../rollingupgrade/objects.ts';
import { site } from './site.ts';

const waits = ['agenttask', 'waits', '-n', 'default'];
const confirm = (user: string, revision = 'r1'): object => ({ spec: { confirm: { batch: 2, revision, user } } });

async function asks(revision: string): Promise<void> {
  const waiting = { batch: 2, revision, reason: 'BatchFailed', since: '2026-01-01T00:00:00Z' };
  const status = JSON.stringify({ status: { phase: 'Running', startTime: '2026-01-01T00:00:00Z', waiting } });
  await site().kubectl(['patch', ...waits, '--subresource=status', '--type=merge', '-p', status]);
}

/** A task on a group, which waits for a person, as an upgrade of a search cluster may. */
describe('who lets a batch or a node begin', () => {
  beforeAll(async () => {
    await site().apply([task('waits', { hosts: undefined, groupRef: { name: 'web' } })]);
    await asks('r1');
    await site().inForce(async () => site().patch('ann', waits, confirm('bob')), 'it must be your own user name');
  }, 120_000);

  test.each(['ann', 'stranger', 'break-glass'])('%s cannot do so in the name of another one', async (user) => {
    expect((await site().patch(user, waits, confirm('bob'))).stderr).toContain(
      `spec.confirm.user is who decides what may begin: it must be your own user name, ${user}`,
    );
  });

  test('a task that is made with the answer of another one is refused', async () => {
    const made = task('answered', {
      hosts: undefined,
      groupRef: { name: 'web' },
      confirm: { batch: 1, revision: 'x', user: 'bob' },
    });
    expect((await site().create('ann', made)).stderr).toContain('it must be your own user name, ann');
  });

  test('nor is an upgrade of a search cluster', async () => {
    const metadata = { name: 'answered', namespace: 'default' };
    const made = upgradeOf(metadata, ['os-1'], ['https://search:9200'], { confirm: { node: 'os-1', user: 'bob' } });
    expect((await site().create('ann', made)).stderr).toContain('it must be your own user name, ann');
  });

  test('each may in his own name, others may change what is beside it, and nobody may take it over', async () => {
    const said = JSON.stringify(confirm('ann'));
    await site().kubectl(['patch', ...waits, '--type=merge', '-p', said, '--as=ann']);
    expect((await site().patch('stranger', waits, { spec: { paused: true } })).stderr).toBe('');
    const comment = { spec: { confirm: { comment: 'I did not say so' } } };
    expect((await site().patch('stranger', waits, comment)).stderr).toContain('your own user name, stranger');
    await asks('r2');
    expect((await site().patch('stranger', waits, confirm('ann', 'r2'))).stderr).toContain(
      'your own user name, stranger',
    );
    expect((await site().patch('stranger', waits, confirm('stranger', 'r2'))).stderr).toBe('');
  });
});
