import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test, vi } from 'vitest';
import { hostFolder, startHosts } from '../../hosts/hosts.ts';
import { available, skipNote } from './support.ts';

const script = `
import { startHosts } from ${JSON.stringify(join(import.meta.dirname, '../../hosts/hosts.ts'))};
const { hosts } = await startHosts({ count: 2 });
console.log(hosts.map(({ address }) => address).join(' '));
process.stdin.resume();
`;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Routes of this machine to test hosts: one per network device of a host. */
async function routedAddresses(): Promise<string> {
  return readFile('/proc/net/fib_trie', 'utf8');
}

describe.skipIf(!available.ok)(`SSH test hosts${skipNote}`, () => {
  test('vanish with the process that started them, however it dies', async () => {
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: owner.stdout }), 'line');
    const addresses = String(line).split(' ');
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      expect(await routedAddresses()).toContain(address);
    }
    owner.kill('SIGKILL');
    await vi.waitFor(
      async () => {
        const routes = await routedAddresses();
        expect(addresses.filter((address) => routes.includes(`${address}\n`))).toEqual([]);
      },
      { timeout: 60_000, interval: 50 },
    );
  });

  test('of two sets do not get in each other’s way and leave this machine’s files alone', async () => {
    const sets = await Promise.all([startHosts({ count: 1 }), startHosts({ count: 1 })]);
    try {
      const addresses = sets.flatMap(({ hosts }) => hosts.map(({ address }) => address));
      expect(new Set(addresses).size).toBe(2);
      expect(await exists(hostFolder)).toBe(false);
      expect(await readFile('/etc/passwd', 'utf8')).not.toContain('/home/deploy');
      for (const set of sets) {
        const passwords = await Promise.all(set.hosts.map(async (host) => set.fileOnHost(host, '/etc/passwd')));
        expect(passwords).toEqual([expect.stringContaining('\ndeploy:')]);
      }
    } finally {
      await Promise.all(sets.map(async (set) => set.stop()));
    }
  });
});
