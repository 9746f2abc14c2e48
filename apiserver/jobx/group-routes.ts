import type { AddCall, Asked, JobxApiOptions } from './calls.ts';
import { done } from './calls.ts';
import { createGroup, deleteGroup, editGroup, groupDetail, groupLine, groupOf, nodesOf } from './groups.ts';
import { formats, required } from './params.ts';
import { projectIn } from './projects.ts';
import { describe } from './schemas.ts';

/** Adds the calls on groups. */
export function addGroupCalls(add: AddCall, { projects }: JobxApiOptions): void {
  const [all, one] = ['/group/:projectid', '/group/:projectid/:id'];
  const parts = { path: ['projectid', 'id'], body: ['name', 'note', 'group_type', 'node', 'percent'] } as const;
  const group = async ({ params, call }: Asked) => {
    const project = projectIn(params, projects);
    return { project, group: await groupOf(project, call.caller, required(params, 'id', formats.number)) };
  };
  const listed = {
    operationId: 'jobxGroups',
    summary: 'List the groups',
    description: 'All groups of a project, the youngest first.',
    path: ['projectid'],
  } as const;
  add('GET', all, describe(listed), async ({ params, call }) =>
    done((await projectIn(params, projects).allGroups(call.caller)).map(groupLine)),
  );
  const got = { operationId: 'jobxGroup', summary: 'Get a group', description: 'What a group is made of.' };
  add('GET', one, describe({ ...got, path: parts.path }), async (asked) => {
    const { project, group: found } = await group(asked);
    return done(groupDetail(found, project.id));
  });
  const nodes = {
    operationId: 'jobxGroupNodes',
    summary: 'Get the hosts of a group',
    description: 'The hosts of a group by batch: a list of lists.',
    path: parts.path,
  } as const;
  add('GET', `${one}/node`, describe(nodes), async ({ params, call }) => {
    const project = projectIn(params, projects);
    return done(await nodesOf(project, call.caller, required(params, 'id', formats.number)));
  });
  const made = {
    operationId: 'jobxMakeGroup',
    summary: 'Make a group',
    description: 'Makes a DeployGroup. A percent group is of the hosts in node, else of those that the project has.',
    path: ['projectid'],
    body: parts.body,
  } as const;
  add('POST', all, describe(made), async ({ params, call }) => {
    await createGroup(projectIn(params, projects), call, params);
    return done(true);
  });
  const edited = { operationId: 'jobxEditGroup', summary: 'Change a group', description: 'Gives a group anew.' };
  add('POST', one, describe({ ...edited, ...parts }), async ({ params, call }) => {
    await editGroup(projectIn(params, projects), call, params);
    return done(true);
  });
  const deleted = { operationId: 'jobxDeleteGroup', summary: 'Delete a group', description: 'Tasks on it go on.' };
  add('DELETE', one, describe({ ...deleted, path: parts.path }), async ({ params, call }) => {
    await deleteGroup(projectIn(params, projects), call, params);
    return done(true);
  });
}
