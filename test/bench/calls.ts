import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { ControlPlane } from '../cluster/control-plane.ts';
import type { TokenUser } from '../cluster/credentials.ts';
import { kubeconfigOf } from '../cluster/kubeconfig.ts';

/** Programs under measurement, each a user of its own, so that the API server itself tells who called it how often. */
const callers = ['kubectl', 'fleetwright'] as const;
export type Caller = (typeof callers)[number];

/** An audit log of their calls and of nobody else's. */
export class Calls {
  readonly users: Readonly<Record<Caller, TokenUser>>;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.users = { kubectl: userOf('kubectl'), fleetwright: userOf('fleetwright') };
  }

  static async open(): Promise<Calls> {
    const calls = new Calls(await mkdtemp(join(tmpdir(), 'fleetwright-calls-')));
    const policy = {
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived', 'ResponseStarted'],
      rules: [{ level: 'Metadata', users: callers }, { level: 'None' }],
    };
    await writeFile(join(calls.#folder, 'policy.json'), JSON.stringify(policy));
    return calls;
  }

  /** What kube-apiserver is to be started with. */
  get flags(): readonly string[] {
    return [
      `--audit-policy-file=${join(this.#folder, 'policy.json')}`,
      `--audit-log-path=${this.#log}`,
      '--audit-log-maxsize=0',
    ];
  }

  /** @returns what was called how often so far: `verb resource` */
  async by(caller: Caller): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for await (const line of createInterface({ input: createReadStream(this.#log) })) {
      const { user, verb, objectRef, requestURI }: Entry = JSON.parse(line);
      if (user.username !== caller) continue;
      const what = objectRef === undefined ? requestURI : [objectRef.resource, objectRef.subresource].join('/');
      const key = `${verb} ${what.replace(/\/$/, '')}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  /** @returns the path of a kubeconfig by which a program is this user */
  async kubeconfig({ folder, url, caPem }: ControlPlane, caller: Caller): Promise<string> {
    const path = join(folder, `${caller}.kubeconfig`);
    await writeFile(path, kubeconfigOf({ url, token: this.users[caller].token, caPem }, caller), { mode: 0o600 });
    return path;
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #log(): string {
    return join(this.#folder, 'audit.log');
  }
}

interface Entry {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
}

function userOf(user: Caller): TokenUser {
  return { user, groups: ['system:masters'], token: randomBytes(24).toString('base64url') };
}
