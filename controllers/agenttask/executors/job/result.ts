import type { Cause, HostOutcome, RunOutcome } from '../executor.ts';
import { isObject, parseObject, type JsonObject } from '../json.ts';
import { plainEnds, plainLine } from '../plain-text.ts';
import { resultLimit, type PodHost, type PodResult } from './contract.ts';

/** Most hosts of one pod: so many always fit into its result. */
export const podHostLimit = 100;

const outcomes = ['successful', 'failed', 'timeout', 'canceled', 'error'] as const satisfies readonly RunOutcome[];
const hostOutcomes = [
  'ok',
  'changed',
  'failed',
  'unreachable',
  'skipped',
  'notRun',
] as const satisfies readonly HostOutcome[];

/** Most steps of one kind on one host that a status may tell. */
const mostSteps = 1_000_000;
const mostMessage = 256;
/** The year 10000, which RFC 3339 does not know. Milliseconds since the epoch. */
const endOfTime = 253_402_300_800_000;

/**
 * How much of a result is told: UTF-16 units of the messages about all and about each host, and the largest number of
 * steps.
 */
interface Room {
  readonly message: number;
  readonly hostMessage: number;
  readonly steps: number;
}

/**
 * Tried in this order. In the last one a hundred hosts take 3600 bytes, whatever became of them: to name one that is
 * unfinished takes no more than its result is shorter than `unreachable`.
 */
const rooms: readonly Room[] = [
  { message: mostMessage, hostMessage: 256, steps: mostSteps },
  { message: mostMessage, hostMessage: 120, steps: mostSteps },
  { message: mostMessage, hostMessage: 60, steps: mostSteps },
  { message: mostMessage, hostMessage: 30, steps: mostSteps },
  { message: mostMessage, hostMessage: 0, steps: mostSteps },
  { message: 30, hostMessage: 0, steps: mostSteps },
  { message: 30, hostMessage: 0, steps: 999 },
];

/**
 * Where there is no room for all messages of hosts, the first ones are told up to this length (UTF-16 units): hosts
 * often fail alike.
 */
const firstMessages = 120;

/**
 * A result as termination message: JSON of at most `resultLimit` bytes for up to `podHostLimit` hosts. Messages are cut
 * as short as it takes, and only if that is not enough are large counts told as 999.
 */
export function encodePodResult(result: PodResult): string {
  let text = '';
  for (const room of rooms) {
    const shorter = shortened(result, room);
    text = JSON.stringify(shorter);
    const free = resultLimit - Buffer.byteLength(text);
    if (free >= 0)
      return room.hostMessage > 0
        ? text
        : JSON.stringify({ ...shorter, hosts: withFirstMessages(shorter.hosts, result.hosts, free) });
  }
  return text;
}

function shortened(
  { version, outcome, exitCode, startedAt, finishedAt, message, elsewhere, cause, hosts, ...course }: PodResult,
  room: Room,
): PodResult {
  return {
    version,
    outcome,
    exitCode,
    startedAt,
    finishedAt,
    ...(message === undefined ? {} : { message: plainLine(message, room.message) }),
    ...(cause === undefined
      ? {}
      : { cause: { reason: cause.reason, message: plainLine(cause.message, room.message) } }),
    ...(elsewhere === undefined ? {} : { elsewhere: plainEnds(elsewhere, room.message) }),
    ...course,
    hosts: hosts.map((host) => shortenedHost(host, room)),
  };
}

function shortenedHost(
  [result, ok, changed, failed, skipped, unreachable, message]: PodHost,
  { hostMessage, steps }: Room,
): PodHost {
  const most = (count: number): number => Math.min(count, steps);
  const counts = [result, most(ok), most(changed), most(failed), most(skipped), most(unreachable)] as const;
  return message === undefined || hostMessage === 0 ? counts : [...counts, plainEnds(message, hostMessage)];
}

/** @param free bytes */
function withFirstMessages(hosts: readonly PodHost[], full: readonly PodHost[], free: number): readonly PodHost[] {
  let left = free;
  return hosts.map((host, index) => {
    const [result, ok, changed, failed, skipped, unreachable] = host;
    const message = plainEnds(full[index]?.[6] ?? '', firstMessages);
    const bytes = Buffer.byteLength(JSON.stringify(message)) + 1;
    if (message === '' || bytes > left) return host;
    left -= bytes;
    return [result, ok, changed, failed, skipped, unreachable, message];
  });
}

/**
 * The result in a termination message. It comes from a pod that runs content of users, who can write there what they
 * like.
 * @returns undefined for anything that is not whole and well-formed; texts are plain lines within the limits of a
 * status
 */
export function decodePodResult(text: string): PodResult | undefined {
  if (Buffer.byteLength(text) > resultLimit) return undefined;
  const object = parseObject(text);
  if (object === undefined || object['version'] !== 1) return undefined;
  const outcome = outcomes.find((known) => known === object['outcome']);
  const exitCode = whole(object['exitCode'], -255, 255);
  const startedAt = whole(object['startedAt'], 0, endOfTime - 1);
  const finishedAt = whole(object['finishedAt'], 0, endOfTime - 1);
  const texts = textsOf(object);
  const hosts = hostsOf(object['hosts']);
  const unfinished = placesOf(object['unfinished'], hosts?.length ?? 0);
  if (
    outcome === undefined ||
    exitCode === undefined ||
    startedAt === undefined ||
    finishedAt === undefined ||
    texts === undefined ||
    hosts === undefined ||
    unfinished === undefined
  )
    return undefined;
  return {
    version: 1,
    outcome,
    exitCode,
    startedAt,
    finishedAt,
    ...texts,
    ...(object['uncounted'] === true ? { uncounted: true } : {}),
    ...(object['unmatched'] === true ? { unmatched: true } : {}),
    ...(unfinished.length === 0 ? {} : { unfinished }),
    hosts,
  };
}

function textsOf(object: JsonObject): Pick<PodResult, 'message' | 'elsewhere' | 'cause'> | undefined {
  const { message, elsewhere, cause } = object;
  if (message !== undefined && typeof message !== 'string') return undefined;
  if (elsewhere !== undefined && typeof elsewhere !== 'string') return undefined;
  const known = cause === undefined ? undefined : causeOf(cause);
  if (cause !== undefined && known === undefined) return undefined;
  const line = plainLine(message ?? '', mostMessage);
  return {
    ...(line === '' ? {} : { message: line }),
    ...(elsewhere === undefined ? {} : { elsewhere: plainLine(elsewhere, mostMessage) }),
    ...(known === undefined ? {} : { cause: known }),
  };
}

function causeOf(value: unknown): Cause | undefined {
  if (!isObject(value)) return undefined;
  const { reason, message } = value;
  // As the reason of a condition has to be, or the status could not be written.
  if (typeof reason !== 'string' || !/^[A-Z][A-Za-z0-9]{0,63}$/.test(reason) || typeof message !== 'string')
    return undefined;
  return { reason, message: plainLine(message, mostMessage) };
}

/** @returns empty when there are none */
function placesOf(value: unknown, hosts: number): readonly number[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return undefined;
  const places = value.map((place) => whole(place, 0, hosts - 1)).filter((place) => place !== undefined);
  return places.length === value.length && new Set(places).size === places.length ? places : undefined;
}

function hostsOf(value: unknown): readonly PodHost[] | undefined {
  if (!Array.isArray(value) || value.length > podHostLimit) return undefined;
  const hosts = value.map(hostOf).filter((host) => host !== undefined);
  return hosts.length === value.length ? hosts : undefined;
}

function hostOf(value: unknown): PodHost | undefined {
  if (!Array.isArray(value) || value.length < 6 || value.length > 7) return undefined;
  const [result, ok, changed, failed, skipped, unreachable] = [
    hostOutcomes.find((known) => known === value[0]),
    ...value.slice(1, 6).map((count) => whole(count, 0, mostSteps)),
  ] as const;
  if (
    result === undefined ||
    ok === undefined ||
    changed === undefined ||
    failed === undefined ||
    skipped === undefined ||
    unreachable === undefined
  )
    return undefined;
  if (value.length === 6) return [result, ok, changed, failed, skipped, unreachable];
  const message: unknown = value[6];
  if (typeof message !== 'string') return undefined;
  const line = plainLine(message, mostMessage);
  return line === ''
    ? [result, ok, changed, failed, skipped, unreachable]
    : [result, ok, changed, failed, skipped, unreachable, line];
}

function whole(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
}
