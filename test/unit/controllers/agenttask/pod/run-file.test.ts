import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunFile } from '../../../../../controllers/agenttask/executors/job/contract.ts';
import { readCredentials } from '../../../../../controllers/agenttask/pod/credentials.ts';
import { RunFileError, parseRunFile, readRunFile, shareOf } from '../../../../../controllers/agenttask/pod/run-file.ts';

const file: RunFile = {
  version: 1,
  run: {
    id: 'u-1-1-1',
    hosts: ['web-1', 'web-2', 'web-3'],
    content: '- ping:\n',
    user: 'deploy',
    become: { user: 'root', method: 'sudo' },
    variables: { port: 80, list: [1, null] },
    forks: 5,
    timeoutSeconds: 300,
    knownHosts: 'web-1 ssh-ed25519 AAAA\n',
    hostKeyChecking: true,
  },
  shardSize: 2,
  maxOutputBytes: 65_536,
};
const { become: _become, knownHosts: _knownHosts, ...least } = file.run;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetwright-pod-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('parseRunFile', () => {
  test.each([file, { ...file, run: least }])('takes what the controller writes', (whole) => {
    expect(parseRunFile(JSON.stringify(whole))).toEqual(whole);
  });

  test('takes over nothing that a run must not get from a file that everybody may read', () => {
    const parsed = parseRunFile(
      JSON.stringify({ ...file, run: { ...file.run, sshPrivateKey: 'x', credentialsSecret: 'x' } }),
    );
    expect(parsed).toEqual(file);
  });

  test.each([
    ['run.json: this is not a JSON object', 'x'],
    ['run.json: this is not a JSON object', '[]'],
    [
      'version is 2, and this program knows version 1 only; ' +
        'use the runner image of the same release as the controllers',
      { ...file, version: 2 },
    ],
    ['version is missing', { ...file, version: undefined }],
    ['run must be an object', { ...file, run: [] }],
    ['run.id must be a text', { ...file, run: { ...file.run, id: 1 } }],
    ['run.hosts must be a list of texts', { ...file, run: { ...file.run, hosts: ['a', 1] } }],
    ['run.hosts must be a list of texts', { ...file, run: { ...file.run, hosts: 'a' } }],
    ['run.content must be a text', { ...file, run: { ...file.run, content: undefined } }],
    ['run.become must be an object', { ...file, run: { ...file.run, become: 'root' } }],
    ['run.become.method must be a text', { ...file, run: { ...file.run, become: { user: 'root' } } }],
    ['run.variables must be an object', { ...file, run: { ...file.run, variables: null } }],
    ['run.forks must be a whole number above 0', { ...file, run: { ...file.run, forks: 0 } }],
    ['run.timeoutSeconds must be a whole number above 0', { ...file, run: { ...file.run, timeoutSeconds: '5' } }],
    ['run.knownHosts must be a text', { ...file, run: { ...file.run, knownHosts: 1 } }],
    ['run.hostKeyChecking must be true or false', { ...file, run: { ...file.run, hostKeyChecking: 'no' } }],
    ['shardSize must be a whole number from 1 to 100', { ...file, shardSize: 101 }],
    ['maxOutputBytes must be a whole number above 0', { ...file, maxOutputBytes: 1.5 }],
  ])('says: %s', (message, given) => {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    expect(() => parseRunFile(text)).toThrow(RunFileError);
    expect(() => parseRunFile(text)).toThrow(message);
  });

  test('a file that is not there is named, with what to do', async () => {
    await expect(readRunFile(folder)).rejects.toThrow(
      `run.json: there is no file ${folder}/run.json; mount the ConfigMap of the run there`,
    );
    await writeFile(join(folder, 'run.json'), JSON.stringify(file));
    expect(await readRunFile(folder)).toEqual(file);
  });
});

describe('shareOf', () => {
  test('gives each pod its hosts, and every host one pod', () => {
    expect(shareOf(file, 0, {}).hosts).toEqual(['web-1', 'web-2']);
    expect(shareOf(file, 1, {}).hosts).toEqual(['web-3']);
    expect(() => shareOf(file, 2, {})).toThrow('run.json: there are no hosts for pod 2: 3 hosts, 2 for each pod');
  });

  test('known hosts of the Secret win over those of the file', () => {
    expect(shareOf(file, 0, { sshPrivateKey: 'key', knownHosts: 'theirs' })).toMatchObject({
      sshPrivateKey: 'key',
      knownHosts: 'theirs',
    });
    expect(shareOf(file, 0, { sshPrivateKey: 'key' })).toMatchObject({
      sshPrivateKey: 'key',
      knownHosts: 'web-1 ssh-ed25519 AAAA\n',
    });
  });
});

describe('readCredentials', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';

  test('reads key and known hosts as the Secret has them', async () => {
    await writeFile(join(folder, 'ssh-privatekey'), key);
    expect(await readCredentials(folder)).toEqual({ sshPrivateKey: key });
    await writeFile(join(folder, 'known_hosts'), 'web-1 ☃\n');
    expect(await readCredentials(folder)).toEqual({ sshPrivateKey: key, knownHosts: 'web-1 ☃\n' });
  });

  test('a task without a Secret has no folder, and no key', async () => {
    expect(await readCredentials(join(folder, 'none'))).toEqual({});
  });

  test('a Secret without a key, or with something else in its place, is refused without quoting it', async () => {
    await expect(readCredentials(folder)).rejects.toMatchObject({
      code: 'SECRET_CONTENT',
      message: expect.stringContaining('it has no key ssh-privatekey'),
    });
    await writeFile(join(folder, 'ssh-privatekey'), 'hunter2');
    await expect(readCredentials(folder)).rejects.toMatchObject({
      code: 'SECRET_CONTENT',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});
