import { join } from 'node:path';
import { vi } from 'vitest';
import { runMarker } from '../../../controllers/agenttask/executors/isolation.ts';
import { findRunProcesses } from '../../../controllers/agenttask/executors/processes.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { hostsAvailable } from '../../hosts/available.ts';
import { hostFolder, hostUser, startHosts } from '../../hosts/hosts.ts';
import type { TestHost, TestHosts } from '../../hosts/hosts.ts';
import { aliveOnHost, readOnHost, writeOnHost } from '../../hosts/look.ts';
import { play } from '../../hosts/play.ts';
import type { Spec } from './objects.ts';
import { Site, type SiteOptions } from './site.ts';

/** Asked once; a suite that cannot run has the reason in its name. */
export const available = await hostsAvailable();
export const skipNote = available.ok ? '' : ` (skipped: ${available.reason})`;

const secretName = 'fleet-ssh';

/** A site with SSH hosts, and the Secret that opens them. */
export class Fleet {
  readonly site: Site;
  readonly hosts: TestHosts;

  private constructor(site: Site, hosts: TestHosts) {
    this.site = site;
    this.hosts = hosts;
  }

  static async open(options: SiteOptions & { readonly hosts?: number } = {}): Promise<Fleet> {
    const hosts = await startHosts({ count: options.hosts ?? 3 });
    const fleet = new Fleet(await Site.open(options), hosts);
    await fleet.makeSecret(secretName, { 'ssh-privatekey': hosts.privateKey, known_hosts: hosts.knownHosts });
    await fleet.site.controllers.start();
    return fleet;
  }

  async close(): Promise<void> {
    try {
      await this.site.close();
    } finally {
      await this.hosts.stop();
    }
  }

  async makeSecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
    await this.site.mustCreate({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData });
  }

  host(index: number): TestHost {
    const host = this.hosts.hosts[index];
    if (host === undefined) throw new Error(`there is no host ${index}`);
    return host;
  }

  addresses(...indexes: readonly number[]): string[] {
    return indexes.map((index) => this.host(index).address);
  }

  /**
   * A task on hosts by their number, with the user and the key that they accept. `content` is put into one play without
   * facts.
   */
  spec(indexes: readonly number[], steps: string, change: Spec = {}): Spec {
    return {
      hosts: this.addresses(...indexes),
      user: hostUser,
      credentialsSecretRef: { name: secretName },
      content: play(steps),
      ...change,
    };
  }

  /** Content of a file in the folder that each host has for itself, empty when it is not there. */
  async onHost(index: number, name: string): Promise<string> {
    return readOnHost(this.hosts, this.host(index), join(hostFolder, name));
  }

  /** Makes such a file. */
  async writeOnHost(index: number, name: string, text = ''): Promise<void> {
    await writeOnHost(this.host(index), join(hostFolder, name), text);
  }

  /** Resolves when the file on the host begins with this: a file on another machine has no event to wait for. */
  async appears(index: number, name: string, beginning: string): Promise<void> {
    const look = async (): Promise<void> => {
      const text = await this.onHost(index, name);
      if (!text.startsWith(beginning))
        throw new Error(
          `${name} on ${this.host(index).name} begins with ${JSON.stringify(text.slice(0, 80))}, ` +
            `not with ${JSON.stringify(beginning)}`,
        );
    };
    await vi.waitFor(look, { timeout: 60_000, interval: 100 });
  }

  /** Whether a process of the host is alive, by its number there. */
  async aliveOnHost(index: number, pid: string): Promise<boolean> {
    return aliveOnHost(this.hosts, this.host(index), pid);
  }

  /** Processes of a task's run on this machine. */
  async processes({ metadata, status }: AgentTask): Promise<readonly number[]> {
    if (status?.run === undefined) throw new Error(`task ${metadata.name} has no run`);
    const folder = status.run.location.slice(status.run.location.indexOf(':') + 1);
    return (await findRunProcesses(runMarker(join(folder, status.run.id)))).map(({ pid }) => pid);
  }

  /**
   * Resolves when no process of the task's run is alive on this machine. The supervisor ends right after it has
   * recorded the end.
   */
  async quiet(task: AgentTask): Promise<void> {
    const look = async (): Promise<void> => {
      const alive = await this.processes(task);
      if (alive.length > 0)
        throw new Error(`the run of task ${task.metadata.name} still has the processes ${alive.join(', ')}`);
    };
    await vi.waitFor(look, { timeout: 60_000, interval: 50 });
  }
}
