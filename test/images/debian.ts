import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgress } from '../cluster/binaries/progress.ts';
import type { Log } from '../cluster/binaries/progress.ts';
import { packageFiles, pipFolder, wheelFolder } from './python.ts';
import { cached } from './places.ts';
import { run } from './run.ts';

const suite = 'bookworm';
/** What Node.js needs beyond the packages without which Debian is not Debian, and the authorities for TLS. */
const packages: readonly string[] = ['libstdc++6', 'ca-certificates'];
/** tini: what a run leaves behind becomes a child of the first process, which has to bury it. */
const runnerPackages: readonly string[] = ['python3', 'openssh-client', 'tini'];
const user = 'fleetwright:x:65532:65532:Fleetwright:/tmp:/usr/sbin/nologin';

/** Documentation and translations, but licences stay. */
const trimming = ['man/*', 'info/*', 'locale/*', 'lintian/*', 'doc/*'].map(
  (place) => `--dpkgopt=path-exclude=/usr/share/${place}`,
);
const options: readonly string[] = [
  '--quiet',
  '--variant=essential',
  '--format=tar',
  ...trimming,
  '--dpkgopt=path-include=/usr/share/doc/*/copyright',
  // ssh refuses to work for a user without a name.
  `--customize-hook=echo '${user}' >> "$1/etc/passwd"`,
  `--customize-hook=echo 'fleetwright:x:65532:' >> "$1/etc/group"`,
  // Where packages came from is this machine's affair.
  '--customize-hook=rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*',
];

/** Debian with what the facade and the recorder need, as a layer. Throws ClusterError IMAGE_FAILED. */
export async function debianLayer(log: Log): Promise<string> {
  return bootstrap({ name: 'debian', include: packages, hooks: [], inputs: {} }, log);
}

/** Debian with Python, the SSH client and, in /opt/ansible, Ansible, as a layer. Throws ClusterError IMAGE_FAILED. */
export async function ansibleLayer(log: Log): Promise<string> {
  const requirements = await readFile(packageFiles, 'utf8');
  const [wheels, pip] = await Promise.all([wheelFolder(), pipFolder()]);
  const python = '/opt/ansible/bin/python3';
  const hooks = [
    '--customize-hook=mkdir -p "$1/tmp/parts"',
    `--customize-hook=cp -r '${wheels}' "$1/tmp/parts/wheels" ` +
      `&& cp -r '${pip}' "$1/tmp/parts/pip" && cp '${packageFiles}' "$1/tmp/parts/requirements.txt"`,
    // pip itself stays outside: nothing is to be installed into a running container.
    inside('python3 -m venv --without-pip /opt/ansible'),
    inside(
      `env PYTHONPATH=/tmp/parts ${python} -m pip --quiet --no-cache-dir install ` +
        '--no-index --find-links /tmp/parts/wheels --no-compile --require-hashes -r /tmp/parts/requirements.txt',
    ),
    // The root file system is read-only, and times of files must not make equal images differ.
    inside(`${python} -m compileall -q --invalidation-mode unchecked-hash /opt/ansible/lib`),
    '--customize-hook=rm -rf "$1/tmp/parts"',
  ];
  return bootstrap(
    { name: 'ansible', include: [...packages, ...runnerPackages], hooks, inputs: { requirements } },
    log,
  );
}

function inside(command: string): string {
  return `--customize-hook=chroot "$1" ${command}`;
}

interface Layer {
  readonly name: string;
  readonly include: readonly string[];
  readonly hooks: readonly string[];
  /** What else determines the content. */
  readonly inputs: object;
}

async function bootstrap({ name, include, hooks, inputs }: Layer, log: Log): Promise<string> {
  // Where the hooks find their files differs from user to user; what is in the files is among the inputs.
  const steps = hooks.map((hook) => hook.replaceAll(/'[^']*'/g, ''));
  return cached(`${name}.tar`, { suite, include, options, steps, ...inputs }, async (draft) => {
    const sources = await ownSources();
    const args = [
      ...options,
      ...hooks,
      `--include=${include.join(',')}`,
      suite,
      draft,
      ...(sources === undefined ? [] : ['-']),
    ];
    await withProgress(log, `Debian ${suite} with ${include.join(', ')}`, ', some minutes, once', () =>
      run('mmdebstrap', args, {
        input: sources ?? '',
        env: { ...process.env, SOURCE_DATE_EPOCH: '1', LC_ALL: 'C.UTF-8' },
      }),
    );
  });
}

/**
 * The sources of this machine's packages where it is the same Debian: a mirror that is known to be reachable. Else
 * mmdebstrap's own.
 */
async function ownSources(): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!release.includes(`VERSION_CODENAME=${suite}`)) {
    return undefined;
  }
  const folder = '/etc/apt/sources.list.d';
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.filter((name) => name.endsWith('.sources')).map((name) => readFile(join(folder, name), 'utf8')),
  );
  const stanzas = files
    .flatMap((file) => file.split(/\n\s*\n/))
    .filter((stanza) => new RegExp(`^Suites:.*\\b${suite}`, 'm').test(stanza));
  return stanzas.length === 0 ? undefined : `${stanzas.map((stanza) => stanza.trim()).join('\n\n')}\n`;
}
