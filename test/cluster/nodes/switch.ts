import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { logPath } from '../components.ts';
import { ClusterError } from '../errors.ts';
import type { Keeper } from '../keeper-client.ts';
import { whileRunning } from '../supervision.ts';
import { isConnected } from './network.ts';
import type { NodeNetwork } from './network.ts';

const name = 'switch';
const timeoutMs = 30_000;
const pollMs = 20;

/**
 * Starts what connects the nodes; returns its pid when this machine has its address in their network. Throws
 * ComponentFailure.
 */
export async function startSwitch(keeper: Keeper, network: NodeNetwork): Promise<number> {
  const addresses = [network.host, network.switchAddress].map((address) => `${address}/${network.prefixLength}`);
  const pid = await keeper.start({
    name,
    ...inNamespaces(['--net'], ['sh', join(import.meta.dirname, 'switch.sh'), network.device, ...addresses]),
    abrupt: true,
    logFile: logPath(keeper.folder, name),
  });
  await whileRunning(keeper, [name], connected(network));
  return pid;
}

/** A command that runs another one in namespaces of its own and dies with the keeper, however that one ends. */
export function inNamespaces(
  flags: readonly string[],
  command: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  return { command: 'setpriv', args: ['--pdeathsig', 'KILL', 'unshare', ...flags, ...command] };
}

async function connected(network: NodeNetwork): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isConnected(network)) {
    if (Date.now() > deadline) {
      throw new ClusterError('NOT_READY', `The device ${network.device} did not appear within ${timeoutMs / 1000} s.`);
    }
    await delay(pollMs);
  }
}
