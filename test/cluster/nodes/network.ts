import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { ClusterError } from '../errors.ts';

const run = promisify(execFile);
const lowest = 150;
const highest = 200;

/** The addresses of a cluster's nodes and pods, in a private /16 of its own. */
export interface NodeNetwork {
  /** The device on this machine that leads to it. It vanishes with the switch. */
  readonly device: string;
  /** This machine's address in it, where the API server listens. */
  readonly host: string;
  readonly switchAddress: string;
  readonly prefixLength: number;
  /** All pods' addresses. */
  readonly pods: string;
}

/** Chooses a network of which no address is in use here. Throws ClusterError NO_FREE_NETWORK. */
export async function chooseNetwork(): Promise<NodeNetwork> {
  const { stdout } = await run('ip', ['-o', 'address']);
  const { stdout: routes } = await run('ip', ['-o', 'route']);
  const free = Array.from({ length: highest - lowest }, (_, index) => lowest + index).filter(
    (second) => !`${stdout} ${routes}`.includes(` 10.${second}.`),
  );
  const second = free[randomInt(Math.max(free.length, 1))];
  if (second === undefined) {
    throw new ClusterError(
      'NO_FREE_NETWORK',
      `No private network is free between 10.${lowest}.0.0 and 10.${highest - 1}.255.255. ` +
        'End clusters that are left over.',
    );
  }
  return {
    device: `fwnodes${second}`,
    host: `10.${second}.0.1`,
    switchAddress: `10.${second}.0.2`,
    prefixLength: 24,
    pods: `10.${second}.128.0/17`,
  };
}

/** Address of the node with that number (from 1). */
export function nodeAddress(network: NodeNetwork, node: number): string {
  return network.host.replace(/\.1$/, `.${10 + node}`);
}

/** The network of that node's pods. */
export function podNetwork(network: NodeNetwork, node: number): string {
  return network.pods.replace(/\.128\.0\/17$/, `.${128 + node}.0/24`);
}

/** Address number `guest` (1 to 150) for machines that are connected to the nodes but are none of them. */
export function guestAddress(network: NodeNetwork, guest: number): string {
  return network.host.replace(/\.1$/, `.${100 + guest}`);
}

export function isConnected(network: NodeNetwork): boolean {
  return (networkInterfaces()[network.device] ?? []).some(({ address }) => address === network.host);
}

/** Lets this machine, and with it the API server, reach a node's pods. */
export async function routeToPods(network: NodeNetwork, node: number): Promise<void> {
  await run('ip', [
    'route',
    'add',
    podNetwork(network, node),
    'via',
    nodeAddress(network, node),
    'dev',
    network.device,
  ]);
}

/**
 * Connects a further machine, whose network namespace is that of the process `pid`, with the nodes: pods reach it at
 * `count` addresses, the first of which is number `first` (from 1). The cable vanishes with either end.
 */
export async function connectGuest(
  network: NodeNetwork,
  switchPid: number,
  first: number,
  pid: number,
  count: number,
): Promise<readonly string[]> {
  const addresses = Array.from({ length: count }, (_, index) => guestAddress(network, first + index));
  const name = `guest${first}`;
  // Made from this machine, where both processes have the numbers by which they are known here.
  await run('ip', [
    'link',
    'add',
    `${network.device}g`,
    'type',
    'veth',
    'peer',
    'name',
    name,
    'netns',
    String(switchPid),
  ]);
  await run('ip', ['link', 'set', `${network.device}g`, 'netns', String(pid), 'name', 'nodes0']);
  await run('nsenter', ['--target', String(switchPid), '--net', 'ip', 'link', 'set', name, 'master', 'lan', 'up']);
  for (const address of addresses) {
    await run('nsenter', [
      '--target',
      String(pid),
      '--net',
      'ip',
      'address',
      'add',
      `${address}/${network.prefixLength}`,
      'dev',
      'nodes0',
    ]);
  }
  await run('nsenter', ['--target', String(pid), '--net', 'ip', 'link', 'set', 'nodes0', 'up']);
  return addresses;
}
