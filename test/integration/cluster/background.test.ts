import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { down, isReady, up } from '../../cluster/background.ts';
import { readLivingState } from '../../cluster/background-state.ts';
import { exists, nothing, processesMentioning, remains } from './observing.ts';

const quiet = (): void => {};

let checkout: string;
let stateFolder: string;

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'fleetwright-test-'));
  stateFolder = join(checkout, '.fleetwright', 'cluster');
});

afterAll(async () => {
  await down(stateFolder, quiet);
  await rm(checkout, { recursive: true });
});

// Each test goes on with the control plane of the one before.
describe('a control plane in the background', () => {
  test('asked for twice at once is started once', async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const [one, two] = await Promise.all([up(stateFolder, log), up(stateFolder, log)]);
    expect(one).toEqual(two);
    expect(lines).toEqual([expect.stringMatching(/waiting for it/)]);
  });

  test('outlives its starter, and is found again', async () => {
    const state = await up(stateFolder, quiet);
    expect(await readFile(state.kubeconfigPath, 'utf8')).toContain(state.url);
    expect(await isReady(state)).toBe(true);
    expect(await up(stateFolder, quiet)).toEqual(state);
  });

  test('that was killed is started anew, and the old one leaves nothing', async () => {
    const first = await up(stateFolder, quiet);
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => readLivingState(stateFolder)).toBeUndefined();
    const second = await up(stateFolder, quiet);
    expect(second.url).not.toBe(first.url);
    await expect.poll(() => remains(first.folder), { timeout: 60_000 }).toEqual(nothing);
    expect(await exists(second.folder)).toBe(true);
  });

  test('leaves nothing when it is taken down', async () => {
    const state = await up(stateFolder, quiet);
    expect(await down(stateFolder, quiet)).toBe(true);
    expect(await remains(state.folder)).toEqual(nothing);
    expect(await processesMentioning(stateFolder)).toEqual([]);
    expect(await readdir(checkout)).toEqual([]);
    expect(await down(stateFolder, quiet)).toBe(false);
  });
});
