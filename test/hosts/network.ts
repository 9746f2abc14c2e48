import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ATTEMPTS = 50;

/** A private /24 that nobody on this machine uses. Its devices vanish with the namespaces at their other ends. */
export interface Subnet {
  /** First three numbers of the addresses, for example `10.213.7`. */
  readonly prefix: string;
  /** Beginning of the names of its network devices. */
  readonly deviceName: string;
}

/** Chooses a free subnet and claims it by connecting its first host, whose namespaces are those of process `pid`. */
export async function claimSubnet(pid: number): Promise<Subnet> {
  for (let attempt = 1; ; attempt += 1) {
    const [second, third] = [randomInt(200, 250), randomInt(0, 256)];
    const subnet: Subnet = { prefix: `10.${second}.${third}`, deviceName: `fw${second}-${third}h` };
    try {
      if (!(await isUsed(subnet))) {
        await connectHost(subnet, 1, pid);
        return subnet;
      }
    } catch (error) {
      // Another set of hosts may have taken the same name at the same moment.
      if (attempt >= ATTEMPTS) {
        throw error;
      }
    }
    if (attempt >= ATTEMPTS) {
      throw new Error('No free subnet found between 10.200.0.0 and 10.249.255.0. Stop test hosts that are left over.');
    }
  }
}

/** Makes the cable between this machine and host `index` (from 1). */
export async function connectHost(subnet: Subnet, index: number, pid: number): Promise<void> {
  const device = `${subnet.deviceName}${index}`;
  await ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  await ip('address', 'add', `${gatewayAddress(subnet)}/32`, 'peer', hostAddress(subnet, index), 'dev', device);
  await ip('link', 'set', device, 'up');
}

export function gatewayAddress(subnet: Subnet): string {
  return `${subnet.prefix}.1`;
}

export function hostAddress(subnet: Subnet, index: number): string {
  return `${subnet.prefix}.${index + 9}`;
}

/**
 * Pulls the cable of the host with the namespaces of `pid`, or puts it in again. Packets then go nowhere, not
 * elsewhere.
 */
export async function setCable(pid: number, state: 'up' | 'down'): Promise<void> {
  await run('nsenter', ['--target', String(pid), '--net', 'ip', 'link', 'set', 'eth0', state]);
}

async function isUsed(subnet: Subnet): Promise<boolean> {
  const { stdout } = await run('ip', ['-o', 'address']);
  return stdout.includes(` ${subnet.prefix}.`);
}

async function ip(...args: readonly string[]): Promise<void> {
  await run('ip', [...args]);
}
