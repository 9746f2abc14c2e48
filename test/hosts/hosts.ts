import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { hostsAvailable } from './available.ts';
import { makeKeyPair, writeHostFiles } from './files.ts';
import { claimSubnet, connectHost, gatewayAddress, hostAddress, setCable } from './network.ts';
import type { Subnet } from './network.ts';

/** A writable folder that each host has for itself, at this same path. */
export const hostFolder = '/srv/fleetwright-host';

/** A user of each host that may log in with the key and use sudo without a password. `root` may log in as well. */
export const hostUser = 'deploy';

export interface TestHost {
  /** IPv4 address; its SSH server listens on port 22. */
  readonly address: string;
  readonly name: string;
  /** A process in the host's namespaces, for whoever has to enter them. */
  readonly pid: number;
  /** Makes the host unreachable; what runs on it goes on. */
  stop(): Promise<void>;
  /** Makes it reachable again. */
  start(): Promise<void>;
}

export interface TestHosts {
  readonly hosts: readonly TestHost[];
  /** Private key that opens all hosts. */
  readonly privateKey: string;
  /** Host keys of all hosts in known_hosts format. */
  readonly knownHosts: string;
  /** Content of a file as that host sees it. Throws ENOENT when it is not there. */
  fileOnHost(host: TestHost, path: string): Promise<string>;
  /** Ends all hosts with everything on them and leaves nothing behind. */
  stop(): Promise<void>;
}

interface RunningHost extends TestHost {
  readonly child: ChildProcessWithoutNullStreams;
}

interface BootedHost {
  readonly child: ChildProcessWithoutNullStreams;
  readonly pid: number;
  readonly publicKey: string;
  readonly name: string;
}

/**
 * Starts SSH hosts, each in network, mount, PID and UTS namespaces of its own. They end with `stop`, and also when this
 * process dies, however it dies. Throws when they cannot run here: ask `hostsAvailable` first.
 */
export async function startHosts(options: { readonly count: number }): Promise<TestHosts> {
  const available = await hostsAvailable();
  if (!available.ok) {
    throw new Error(available.reason);
  }
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-hosts-'));
  // sshd reads the authorised key as the user who logs in.
  await chmod(folder, 0o755);
  const booted: BootedHost[] = [];
  try {
    const key = await makeKeyPair(folder, 'client');
    for (let index = 1; index <= options.count; index += 1) {
      booted.push(await boot(folder, `host-${index}`, key.publicKey));
    }
    const subnet = await connectAll(booted);
    const hosts = booted.map((host, index) => runningHost(host, hostAddress(subnet, index + 1)));
    return {
      hosts,
      privateKey: key.privateKey,
      knownHosts: booted.map(({ publicKey }, index) => `${hostAddress(subnet, index + 1)} ${publicKey}\n`).join(''),
      fileOnHost: async (host, path) => {
        const running = hosts.find((candidate) => candidate === host);
        if (running === undefined) {
          throw new Error(`${host.name} is not one of these hosts`);
        }
        return readFile(join(`/proc/${running.pid}/root`, path), 'utf8');
      },
      stop: async () => shutDown(booted, folder),
    };
  } catch (error) {
    await shutDown(booted, folder);
    throw error;
  }
}

async function boot(parent: string, name: string, authorizedKey: string): Promise<BootedHost> {
  const folder = join(parent, name);
  const publicKey = await writeHostFiles(folder, name, authorizedKey);
  const flags = [
    '--net',
    '--mount',
    '--uts',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--propagation',
    'private',
  ];
  const child = spawn('unshare', [...flags, 'sh', join(import.meta.dirname, 'host-init.sh'), folder], {
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
  });
  await once(child, 'spawn');
  // A host that ends by itself shows when something waits for it, not as a broken pipe here.
  child.stdin.on('error', () => {});
  child.stdout.resume();
  if (child.pid === undefined) {
    throw new Error(`${name} has no process`);
  }
  return { child, pid: child.pid, publicKey, name };
}

async function connectAll(booted: readonly BootedHost[]): Promise<Subnet> {
  const [first, ...rest] = booted;
  if (first === undefined) {
    throw new Error('count must be at least 1');
  }
  await Promise.all(booted.map(({ pid }) => ownNetwork(pid)));
  const subnet = await claimSubnet(first.pid);
  for (const [index, { pid }] of rest.entries()) {
    await connectHost(subnet, index + 2, pid);
  }
  await Promise.all(
    booted.map(async ({ child, name }, index) => {
      const listening = untilListening(child, name);
      child.stdin.write(`${hostAddress(subnet, index + 1)} ${gatewayAddress(subnet)}\n`);
      await listening;
    }),
  );
  return subnet;
}

/** Waits until the process has left this machine's network: a device must not be given to it before. */
async function ownNetwork(pid: number): Promise<void> {
  const ours = await readlink('/proc/self/ns/net');
  // Namespaces have no event to wait for.
  while ((await readlink(`/proc/${pid}/ns/net`)) === ours) {
    await delay(5);
  }
}

async function untilListening(child: ChildProcessWithoutNullStreams, name: string): Promise<void> {
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    seen.push(line);
    if (line.includes('Server listening on 0.0.0.0')) {
      child.stderr.resume();
      return;
    }
  }
  throw new Error(`${name} did not start: ${seen.join('; ')}`);
}

function runningHost(host: BootedHost, address: string): RunningHost {
  return {
    address,
    name: host.name,
    pid: host.pid,
    child: host.child,
    stop: async () => setCable(host.pid, 'down'),
    start: async () => setCable(host.pid, 'up'),
  };
}

async function shutDown(booted: readonly BootedHost[], folder: string): Promise<void> {
  await Promise.all(
    booted.map(async ({ child }) => {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.stdin.end();
        await exited;
      }
    }),
  );
  await rm(folder, { recursive: true, force: true });
}
