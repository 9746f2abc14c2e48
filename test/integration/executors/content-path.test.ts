import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContentPathError } from '../../../controllers/agenttask/executors/errors.ts';
import { openLocalExecutor } from '../../../controllers/agenttask/executors/local.ts';
import { Site, available, resultClasses, skipNote } from './support.ts';

/** What an operator may bring: roles with files, a module with its utilities, a filter, a collection. */
const version1 = {
  'roles/web/tasks/main.yml':
    '- {name: file of the role, copy: {src: greeting, dest: /srv/fleetwright-host/greeting}}\n' +
    '- {name: file as the original names it, copy: "src=roles/web/files/greeting dest=/srv/fleetwright-host/named"}\n' +
    '- {name: note, copy: {dest: /srv/fleetwright-host/note, content: "{{ word | shouted }}"}}\n',
  'roles/web/files/greeting': 'from the role',
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

  test('a role by name finds its files, also as the original names them, and its filters', async () => {
    const { results } = await site.run('- hosts: all\n  roles: [web]\n', { ...first(), variables: { word: 'quiet' } });
    expect(results).toEqual({
      hosts: [
        {
          name: site.host(0).address,
          result: 'changed',
          counts: { ok: 4, changed: 3, failed: 0, skipped: 0, unreachable: 0 },
        },
      ],
    });
    expect(await site.onHost(0, 'greeting')).toBe('from the role');
    expect(await site.onHost(0, 'named')).toBe('from the role');
    expect(await site.onHost(0, 'note')).toBe('QUIET');
  });

  test('modules with their utilities and roles of collections are found; a role may come twice', async () => {
    const { id, results } = await site.run(
      '- {told: , register: said}\n- {copy: {dest: /srv/fleetwright-host/said, content: "{{ said.told }}"}}\n' +
        '- include_role: {name: acme.tools.small}\n- include_role: {name: acme.tools.small}\n',
      first(),
    );
    expect(resultClasses(results)).toEqual(['changed']);
    expect(await site.onHost(0, 'said')).toBe('a tale');
    expect(await site.onHost(0, 'small')).toBe('small');
    const steps = await site.executor.steps(id);
    expect(steps.filter(({ name }) => name === 'small').map(({ result }) => result)).toEqual(['changed', 'ok']);
  });

  test.each([
    ['of a play', '- hosts: all\n  roles: [nginx]\n', 'nginx'],
    ['that a role depends on', '- hosts: all\n  roles: [needs]\n', 'missing-one'],
    ['that a task imports', '- import_role: {name: nginx}\n', 'nginx'],
  ])('a missing role %s ends the run with its name and the place where roles belong', async (_which, content, role) => {
    const { state, results } = await site.run(content);
    expect(state.outcome).toBe('failed');
    expect(resultClasses(results)).toEqual(['notRun', 'notRun', 'notRun']);
    expect(results.message).toContain(
      `there is no role "${role}". Roles are looked for in roles/ of the controllers' content path (--content-path)`,
    );
  });

  test('a role that is missed only when its task begins is told by the host and by the log', async () => {
    const { id, results } = await site.run('- include_role: {name: "{{ which }}"}\n', {
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

  test('content cannot point the run at other folders', async () => {
    await writeTree(join(folder, 'evil'), {
      'roles/web/tasks/main.yml': '- {copy: {dest: /srv/fleetwright-host/evil, content: x}}\n',
    });
    const play = {
      hosts: 'all',
      environment: { ANSIBLE_ROLES_PATH: join(folder, 'evil', 'roles') },
      vars: { roles_path: join(folder, 'evil', 'roles') },
      roles: ['web'],
    };
    const { results } = await site.run(JSON.stringify([play]), { ...first(), variables: { word: 'quiet' } });
    expect(resultClasses(results)).toEqual(['ok']);
    expect(await site.onHost(0, 'evil')).toBe('');
    await expect(
      site.executor.prepare(site.spec('- ping:\n', { variables: { ansible_roles_path: join(folder, 'evil') } })),
    ).rejects.toThrow('ansible_roles_path');
  });

  test('a run keeps the version of the content that counted when it was prepared', async () => {
    const run = site.spec('- hosts: all\n  roles: [web]\n', { ...first(), variables: { word: 'quiet' } });
    await site.executor.prepare(run);
    await writeTree(join(folder, 'v2'), { ...version1, 'roles/web/files/greeting': 'from version 2' });
    await symlink('v2', join(folder, 'next'));
    await rename(join(folder, 'next'), contentPath);
    await site.executor.start(run.id);
    expect((await site.finished(run.id)).outcome).toBe('successful');
    expect(await site.onHost(0, 'greeting')).toBe('from the role');
    await site.run('- hosts: all\n  roles: [web]\n', { ...first(), variables: { word: 'quiet' } });
    expect(await site.onHost(0, 'greeting')).toBe('from version 2');
  });

  test('removing a run leaves the content alone', async () => {
    const { id } = await site.run('- hosts: all\n  roles: [web]\n', { ...first(), variables: { word: 'quiet' } });
    await site.executor.remove(id);
    const { results } = await site.run('- hosts: all\n  roles: [web]\n', { ...first(), variables: { word: 'quiet' } });
    expect(resultClasses(results)).toEqual(['ok']);
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
