import { writeFileSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { binaries, kubernetesVersion } from '../../cluster/binaries/catalogue.ts';
import { ensureBinaries } from '../../cluster/binaries/ensure.ts';
import { scratchFolder, script } from './scratch.ts';

interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly cache: string;
  readonly lines: string[];
  readonly log: (line: string) => void;
  goCalls(): Promise<readonly string[]>;
}

/** A machine whose `go` is the given shell script; $calls is a file for it to note its calls in. */
async function machineWithGo(body: string): Promise<Machine> {
  const folder = await scratchFolder();
  const calls = join(folder, 'calls');
  await writeFile(calls, '');
  await script(join(folder, 'bin', 'go'), `calls=${calls}\necho "$1" >> "$calls"\n${body}`);
  const lines: string[] = [];
  return {
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, XDG_CACHE_HOME: join(folder, 'cache') },
    cache: join(folder, 'cache', 'fleetwright', 'bin'),
    lines,
    log: (line) => lines.push(line),
    goCalls: async () => (await readFile(calls, 'utf8')).split('\n').filter((line) => line !== ''),
  };
}

const outputArgument = 'out=; for a; do [ "$last" = -o ] && out=$a; last=$a; done';
const buildOnly = `[ "$1" = build ] || exit 1\n${outputArgument}\necho '#!/bin/sh' > "$out"`;

describe('providing binaries', () => {
  test('a missing one is built into the cache, with its progress told, and the next time found there', async () => {
    const machine = await machineWithGo(buildOnly);
    const first = await ensureBinaries(['kwok'], machine);
    const second = await ensureBinaries(['kwok'], machine);
    expect(first.pathOf('kwok')).toBe(join(machine.cache, `kwok-${binaries.kwok.version}`));
    expect(second.pathOf('kwok')).toBe(first.pathOf('kwok'));
    expect(await machine.goCalls()).toEqual(['build']);
    expect(machine.lines).toEqual([
      expect.stringMatching(/^building kwok [\d.]+, about .*, once$/),
      expect.stringMatching(/^building kwok .*: done in \d+ s$/),
    ]);
    expect(await readdir(machine.cache)).toEqual([`kwok-${binaries.kwok.version}`]);
  });

  test('two callers at once build once, and the second says for whom it waits', async () => {
    // The build goes on until somebody waits for it.
    const awaited = join(await scratchFolder(), 'awaited');
    const machine = await machineWithGo(`${buildOnly}\nuntil [ -e ${awaited} ]; do sleep 0.01; done`);
    const log = (line: string): void => {
      machine.log(line);
      if (line.includes('waiting for it')) {
        writeFileSync(awaited, '');
      }
    };
    const [one, two] = await Promise.all([
      ensureBinaries(['kwok'], { ...machine, log }),
      ensureBinaries(['kwok'], { ...machine, log }),
    ]);
    expect(one.pathOf('kwok')).toBe(two.pathOf('kwok'));
    expect(await machine.goCalls()).toEqual(['build']);
    expect(machine.lines).toContain(
      `process ${process.pid} is already building the control plane's binaries; waiting for it`,
    );
  });

  test('a build that fails shows what Go printed, and leaves neither a binary nor a draft', async () => {
    const machine = await machineWithGo(
      `${outputArgument}\necho half > "$out"\necho 'no space left on device' >&2\nexit 1`,
    );
    await expect(ensureBinaries(['kwok'], machine)).rejects.toThrow(/no space left on device/);
    expect(await readdir(machine.cache)).toEqual([]);
  });

  test('drafts of interrupted builds are removed', async () => {
    const machine = await machineWithGo(buildOnly);
    await script(join(machine.cache, '.draft-etcd-9.9.9-1'), '');
    await ensureBinaries(['kwok'], machine);
    expect(await readdir(machine.cache)).not.toContain('.draft-etcd-9.9.9-1');
  });

  test('without Go the error says what to install or set', async () => {
    const folder = await scratchFolder();
    const env = { PATH: folder, XDG_CACHE_HOME: folder };
    await expect(ensureBinaries(['kwok', 'etcd'], { env })).rejects.toMatchObject({
      code: 'GO_MISSING',
      message: expect.stringMatching(/Install Go[\s\S]*KUBEBUILDER_ASSETS[\s\S]*KUBECONFIG/),
    });
  });
});

describe('setup-envtest', () => {
  const apiserver = '#!/bin/sh\necho Kubernetes v1.36.1';
  const tool = [
    '#!/bin/sh',
    'for a; do [ "$last" = --bin-dir ] && dir=$a; last=$a; done',
    '[ "$1" = use ] || exit 0',
    'for n in etcd kube-apiserver kubectl; do printf "%s\\n" "$CONTENT" > "$dir/$n"; chmod +x "$dir/$n"; done',
    'printf "%s" "$dir"',
  ].join('\n');
  const installs =
    '[ "$1" = install ] || exit 1\n' +
    `cat > "$GOBIN/setup-envtest" <<'END'\n${tool}\nEND\nchmod +x "$GOBIN/setup-envtest"`;

  test('what it downloads is cached under the version that it reports', async () => {
    const machine = await machineWithGo(installs);
    const paths = await ensureBinaries(['kube-apiserver'], { ...machine, env: { ...machine.env, CONTENT: apiserver } });
    expect(paths.pathOf('kube-apiserver')).toBe(join(machine.cache, 'kube-apiserver-1.36.1'));
    expect(await machine.goCalls()).toEqual(['install']);
  });

  test('where its downloads cannot be reached, the binaries are built', async () => {
    const unreachable =
      `if [ "$1" = install ]; then printf '#!/bin/sh\\nexit 1\\n' > "$GOBIN/setup-envtest"; ` +
      'chmod +x "$GOBIN/setup-envtest"; exit; fi';
    const machine = await machineWithGo(`${unreachable}\n${buildOnly}`);
    const paths = await ensureBinaries(['kube-apiserver'], machine);
    expect(paths.pathOf('kube-apiserver')).toBe(join(machine.cache, `kube-apiserver-${kubernetesVersion}`));
    expect(await machine.goCalls()).toEqual(['install', 'build']);
    expect(machine.lines[0]).toMatch(/cannot download/);
  });

  test('it is not asked for programs that it does not have', async () => {
    const machine = await machineWithGo(buildOnly);
    await ensureBinaries(['kube-scheduler'], machine);
    expect(await machine.goCalls()).toEqual(['build']);
  });
});
