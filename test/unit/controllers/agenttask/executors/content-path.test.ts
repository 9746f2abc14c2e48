import { describe, expect, test } from 'vitest';
import { contentEnvironment } from '../../../../../controllers/agenttask/executors/content-path.ts';
import { explainMissingRole } from '../../../../../controllers/agenttask/executors/missing-role.ts';

describe('contentEnvironment', () => {
  test("without a content path has the system's roles and our modules", () => {
    const environment = contentEnvironment(undefined, undefined);
    expect(environment).toEqual({
      ANSIBLE_ROLES_PATH: '/usr/share/ansible/roles:/etc/ansible/roles',
      ANSIBLE_LIBRARY: expect.stringMatching(/^\/[^:]+\/runner\/library:\/usr\/share\/ansible\/plugins\/modules$/),
    });
  });

  test("puts the operator's folders before ours", () => {
    const environment = contentEnvironment('/srv/content', '/opt/collections:/more');
    expect(environment).toMatchObject({
      ANSIBLE_ROLES_PATH: '/srv/content/roles:/usr/share/ansible/roles:/etc/ansible/roles',
      ANSIBLE_MODULE_UTILS: '/srv/content/module_utils',
      ANSIBLE_ACTION_PLUGINS: '/srv/content/action_plugins',
      ANSIBLE_FILTER_PLUGINS: '/srv/content/filter_plugins',
      ANSIBLE_LOOKUP_PLUGINS: '/srv/content/lookup_plugins',
      ANSIBLE_TEST_PLUGINS: '/srv/content/test_plugins',
      ANSIBLE_COLLECTIONS_PATH: '/srv/content/collections:/opt/collections:/more',
    });
    expect(environment['ANSIBLE_LIBRARY']?.split(':')[0]).toBe('/srv/content/library');
  });

  test('does not let plug-ins in by which a run is watched', () => {
    const settings = Object.keys(contentEnvironment('/srv/content', undefined));
    expect(settings.filter((name) => /CALLBACK|STRATEGY|CONNECTION|INVENTORY/.test(name))).toEqual([]);
  });
});

describe('explainMissingRole', () => {
  test("takes the folders of the run out of Ansible's words and says where roles belong", () => {
    expect(
      explainMissingRole(
        "Error loading tasks: the role 'web' was not found " +
          'in /state/r/project/roles:/usr/share/ansible/roles:/state/r/project',
      ),
    ).toBe(
      `Error loading tasks: there is no role "web". Roles are looked for in roles/ of the controllers' content path ` +
        '(--content-path), then in /usr/share/ansible/roles and /etc/ansible/roles',
    );
  });

  test('leaves other texts as they are', () => {
    expect(explainMissingRole("the file 'web' was not found")).toBe("the file 'web' was not found");
  });
});
