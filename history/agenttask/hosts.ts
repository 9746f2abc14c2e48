import { isDeepStrictEqual } from 'node:util';

import type { AgentTask, AgentTaskHost } from '../../crds/types/agenttask.ts';
import type { Parts, Row } from '../kind.ts';

/** The results of the hosts. The hosts of the spec are mostly the same ones, and then come from there as well. */
export const hostParts: Parts<AgentTask> = {
  tables: {
    host: {
      name: 'word',
      result: 'word',
      ok: 'integer',
      changed: 'integer',
      failed: 'integer',
      skipped: 'integer',
      unreachable: 'integer',
      message: 'text',
    },
  },
  detach(task) {
    const { hosts: results = [], ...status } = task.status ?? {};
    if (results.length === 0) return { object: task, rows: {} };
    const { hosts, ...spec } = task.spec;
    const same = isDeepStrictEqual(
      hosts,
      results.map(({ name }) => name),
    );
    return { object: { ...task, spec: same ? spec : task.spec, status }, rows: { host: results.map(toRow) } };
  },
  attach(task, { host: rows = [] }) {
    if (rows.length === 0) return task;
    const hosts = rows.map(fromRow);
    const named = task.spec.hosts !== undefined || task.spec.groupRef !== undefined;
    const spec = named ? task.spec : { hosts: hosts.map(({ name }) => name), ...task.spec };
    return { ...task, spec, status: { ...task.status, hosts } };
  },
};

function toRow({ name, result, counts, message }: AgentTaskHost): Row {
  return { name, result, ...counts, message };
}

function fromRow({ name, result, message, ok, changed, failed, skipped, unreachable }: Row): AgentTaskHost {
  const counts = {
    ok: Number(ok ?? 0),
    changed: Number(changed ?? 0),
    failed: Number(failed ?? 0),
    skipped: Number(skipped ?? 0),
    unreachable: Number(unreachable ?? 0),
  };
  return {
    name: String(name),
    result: String(result) as AgentTaskHost['result'],
    ...(message === undefined ? {} : { message: String(message) }),
    ...(ok === undefined ? {} : { counts }),
  };
}
