import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunStep } from '../../../crds/runlog.ts';
import { ContentPathError } from '../../../controllers/agenttask/executors/errors.ts';
import { openLocalExecutor } from '../../../controllers/agenttask/executors/local.ts';
import { variants } from '../../harness/matrix.ts';
import { play } from '../../hosts/play.ts';
import { Site, available, resultClasses, skipNote } from './support.ts';

/** What an operator may bring: roles with files, a module with its utilities, a filter, a collection. */
const version1 = {
  'roles/web/tasks/main.yml':
    '- {name: file of the role, copy: {src: greeting, dest: /srv/fleetwright-host/greeting}}\n' +
    '- {name: file as the original names it, copy: "src=roles/web/files/greeting dest=/srv/fleetwright-host/named"}\n' +
    '- {name: note, copy: {dest: /srv/fleetwright-host/note, content: "{{ word | shouted }}"}}\n',
  'roles/web/files/greeting': 'from the role',
  'roles/versioned/tasks/main.yml': '- {copy: {src: version, dest: /srv/fleetwright-host/version}}\n',
  'roles/versioned/files/version': 'version 1',
  'roles/broken/tasks/main.yml': '- {name: well, debug: }\n- no_such_module:\n',
  'roles/needs/meta/main.yml': 'dependencies: [missing-one]\n',
  'library/told.py':
    'from ansible.module_utils.basic import AnsibleModule\nfrom ansible.module_utils.tale import tale\n' +
    'module = AnsibleModule(argument_spec={})\nmodule.exit_json(changed=True, told=tale())\n',
  'module_utils/tale.py': 'def tale():\n    return "a tale"\n',
  'filter_plugins/shouted.py': 'class FilterModule:\n    def filters(self):\n        return {"shouted": str.upper}\n',
  'collections/ansible_collections/acme/tools/roles/small/tasks/main.yml':
    '- {name: small, copy: {dest: /srv/fleetwright-host/small, content: small}}\n',
};

async function writeTree(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

describe.skipIf(!available.ok)(`roles and modules of the content path${skipNote}`, () => {
  let site: Site;
  let folder: string;
  let contentPath: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetwright-content-'));
    contentPath = join(folder, 'current');
    // As the kubelet lays out a ConfigMap: the folders at the top are links into the version that counts.
    await writeTree(join(folder, 'v1', '..2026_03_01'), version1);
    await symlink('..2026_03_01', join(folder, 'v1', '..data'));
    for (const name of new Set(Object.keys(version1).map((path) => path.split('/')[0] ?? '')))
      await symlink(`..data/${name}`, join(folder, 'v1', name));
    // As tools that bring content from elsewhere do: a link to the version that counts.
    await symlink('v1', contentPath);
    site = await Site.open({ contentPath });
  });
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true, force: true });
  });

  const first = (): { hosts: string[] } => ({ hosts: [site.host(0).address] });

  /** One run of several plays on one host. */
  describe('of a run with content of the path', () => {
    let ran: Awaited<ReturnType<Site['run']>>;
    let steps: readonly RunStep[];
    beforeAll(async () => {
      const evil = join(folder, 'evil', 'roles');
      await writeTree(evil, {
        'web/tasks/main.yml': '- {copy: {dest: /srv/fleetwright-host/evil, content: x}}\n',
      });
      const onAll = { hosts: 'all', gather_facts: false };
      const include = { include_role: { name: 'acme.tools.small' } };
      const content = [
        { ...onAll, environment: { ANSIBLE_ROLES_PATH: evil }, vars: { roles_path: evil }, roles: ['web'] },
        {
          ...onAll,
          tasks: [
            { told: null, register: 'said' },
            { copy: { dest: '/srv/fleetwright-host/said', content: '{{ said.told }}' } },
            include,
            include,
          ],
        },
      ];
      ran = await site.run(JSON.stringify(content), { ...first(), variables: { word: 'quiet' } });
      steps = await site.executor.steps(ran.id);
    });

    test('a role by name finds its files, also as the original names them, and its filters', async () => {
      expect(ran.results).toEqual({
        hosts: [
          {
            name: site.host(0).address,
            result: 'changed',
            counts: { ok: 9, changed: 6, failed: 0, skipped: 0, unreachable: 0 },
          },
        ],
      });
      expect(await site.onHost(0, 'greeting')).toBe('from the role');
      expect(await site.onHost(0, 'named')).toBe('from the role');
      expect(await site.onHost(0, 'note')).toBe('QUIET');
    });

    test('modules with utilities and roles of collections are found; one included twice is told twice', async () => {
      expect(await site.onHost(0, 'said')).toBe('a tale');
      expect(await site.onHost(0, 'small')).toBe('small');
      expect(steps.filter(({ name }) => name === 'small').map(({ result }) => result)).toEqual(['changed', 'ok']);
    });

    test('content cannot point the run at other folders', async () => {
      expect(steps.filter(({ name }) => name === 'web : file of the role' || name === 'file of the role')).toHaveLength(
        1,
      );
      expect(await site.onHost(0, 'evil')).toBe('');
      await expect(
        site.executor.prepare(site.spec('- ping:\n', { variables: { ansible_roles_path: join(folder, 'evil') } })),
      ).rejects.toThrow('ansible_roles_path');
    });
  });

  const missing = [
    ['that a role depends on', '- hosts: all\n  roles: [needs]\n', 'missing-one'],
    ['of a play', '- hosts: all\n  roles: [nginx]\n', 'nginx'],
    ['that a task imports', '- import_role: {name: nginx}\n', 'nginx'],
  ] as const;
  test.each(variants(missing, missing.slice(0, 1)))(
    'a missing role %s ends the run with its name and the place where roles belong',
    async (_which, content, role) => {
      const { state, results } = await site.run(content);
      expect(state.outcome).toBe('failed');
      expect(resultClasses(results)).toEqual(['notRun', 'notRun', 'notRun']);
      expect(results.message).toContain(
        `there is no role "${role}". Roles are looked for in roles/ of the controllers' content path (--content-path)`,
      );
    },
  );

  const broken = [
    ['named by a play', '- hosts: all\n  roles: [broken]\n'],
    ['included by a task', play('- include_role: {name: broken}')],
  ] as const;
  test.each(variants(broken, broken.slice(0, 1)))(
    'what is wrong in a file of a role that is %s is told with its place there',
    async (_how, content) => {
      const { results } = await site.run(content, first());
      expect(results.message ?? results.hosts[0]?.message).toMatch(
        /Line 2, column 3 of roles\/broken\/tasks\/main\.yml: .*no_such_module/,
      );
    },
  );

  test('a role that is missed only when its task begins is told by the host and by the log', async () => {
    const { id, results } = await site.run(play('- include_role: {name: "{{ which }}"}'), {
      ...first(),
      variables: { which: 'nginx' },
    });
    expect(resultClasses(results)).toEqual(['failed']);
    expect(results.hosts[0]?.message).toContain(
      'there is no role "nginx". Roles are looked for in roles/ of the controllers\' content path (--content-path)',
    );
    const steps = await site.executor.steps(id);
    expect(steps.at(-1)).toMatchObject({
      result: 'failed',
      message: expect.stringContaining('there is no role "nginx"'),
    });
  });

  test('a run keeps the content that counted when it was prepared, and leaves it alone when removed', async () => {
    const content = '- hosts: all\n  gather_facts: false\n  roles: [versioned]\n';
    const run = site.spec(content, first());
    await site.executor.prepare(run);
    await writeTree(join(folder, 'v2'), { ...version1, 'roles/versioned/files/version': 'version 2' });
    await symlink('v2', join(folder, 'next'));
    await rename(join(folder, 'next'), contentPath);
    await site.executor.start(run.id);
    expect((await site.finished(run.id)).outcome).toBe('successful');
    expect(await site.onHost(0, 'version')).toBe('version 1');
    const { id } = await site.run(content, first());
    expect(await site.onHost(0, 'version')).toBe('version 2');
    await site.executor.remove(run.id);
    await site.executor.remove(id);
    for (const version of ['v1', 'v2'])
      expect((await readdir(join(folder, version, 'roles'))).toSorted()).toEqual([
        'broken',
        'needs',
        'versioned',
        'web',
      ]);
    expect(await readFile(join(folder, 'v2', 'roles', 'versioned', 'files', 'version'), 'utf8')).toBe('version 2');
  });
});

describe('opening an executor with a content path', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetwright-content-'));
    await mkdir(join(folder, 'a:b'));
    await symlink('a:b', join(folder, 'link'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test.each([
    ['a relative path', (): string => 'test', /must be an absolute path/],
    ['a folder whose path Ansible would split', (): string => join(folder, 'a:b'), /must be without ":"/],
    ['a link to such a folder', (): string => join(folder, 'link'), /must be without ":"/],
    [
      'a folder that is not there',
      (): string => join(folder, 'nothing'),
      /cannot be read .*Create the folder or mount it/,
    ],
    ['a file', (): string => import.meta.filename, /is not a folder/],
  ])('refuses %s and names the setting', async (_what, path, message) => {
    const opened = openLocalExecutor({ stateFolder: join(folder, 'state'), contentPath: path() });
    await expect(opened).rejects.toBeInstanceOf(ContentPathError);
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toThrow('--content-path (FLEETWRIGHT_CONTENT_PATH)');
  });
});
