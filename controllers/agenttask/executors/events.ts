import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './errors.ts';
import { objectField, parseObject, textField } from './json.ts';
import type { JsonObject } from './json.ts';
import type { RunPaths } from './run-folder.ts';

/** One event of a run, as far as results need it. */
export interface RunEvent {
  /** Name in Ansible's callback interface, for example `runner_on_ok`. */
  readonly name: string;
  readonly data: JsonObject;
  /** When, in RFC 3339 with fractions and offset. */
  readonly created?: string;
}

export interface EventFile {
  readonly path: string;
  /** Counts from 1 in the order of happening; some numbers are missing. */
  readonly number: number;
  /**
   * The run's folder. Where it is on this machine is nobody's business and takes the room of reasons: no event that is
   * read has it.
   */
  readonly folder: string;
}

/** Most events that results are read from; of more, the last ones. */
export const EVENT_LIMIT = 50_000;
/** An event file beyond this size is read from its end only. */
const EVENT_BYTES = 1 << 20;
/** The end of a giant file that is read: longer than the result an event may carry. */
const TAIL_BYTES = 1 << 18;
const AT_ONCE = 32;

/** All files of events in the order of their happening. Empty when the run has none (yet). */
export async function eventFiles({
  events,
  folder,
}: Pick<RunPaths, 'events' | 'folder'>): Promise<readonly EventFile[]> {
  let names: string[];
  try {
    names = await readdir(events);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
      return [];
    }
    throw error;
  }
  return names
    .filter((name) => /^\d+-.*\.json$/.test(name) && !name.endsWith('-partial.json'))
    .map((name) => ({ path: join(events, name), number: Number.parseInt(name, 10), folder }))
    .toSorted((a, b) => a.number - b.number);
}

/**
 * The events of these uuids, by uuid; those whose files are gone are left out.
 * @param files as `eventFiles` gives them
 */
export async function eventsById(
  files: readonly EventFile[],
  uuids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, RunEvent>> {
  const found = files.flatMap((file) => {
    const uuid = /\/\d+-([^/]+)\.json$/.exec(file.path)?.[1] ?? '';
    return uuids.has(uuid) ? [{ file, uuid }] : [];
  });
  const events = new Map<string, RunEvent>();
  for (let index = 0; index < found.length; index += AT_ONCE) {
    const some = found.slice(index, index + AT_ONCE);
    const read = await Promise.all(some.map(({ file }) => readEvent(file)));
    for (const [place, event] of read.entries()) {
      const uuid = some[place]?.uuid;
      if (uuid !== undefined && event !== undefined) events.set(uuid, event);
    }
  }
  return events;
}

/**
 * Reads events in the order of `files`, a few at a time, so that the caller can stop early and memory stays bounded.
 */
export async function* readEvents(files: readonly EventFile[]): AsyncGenerator<RunEvent> {
  for (let index = 0; index < files.length; index += AT_ONCE) {
    const events = await Promise.all(files.slice(index, index + AT_ONCE).map(readEvent));
    for (const event of events) {
      if (event !== undefined) {
        yield event;
      }
    }
  }
}

async function readEvent({ path, folder }: EventFile): Promise<RunEvent | undefined> {
  const text = await readBounded(path);
  const event = text === undefined ? undefined : parseObject(text.replaceAll(`${inAscii(folder)}/`, ''));
  const name = event === undefined ? undefined : textField(event, 'event');
  if (event === undefined || name === undefined) {
    return undefined;
  }
  const created = textField(event, 'created');
  return { name, data: objectField(event, 'event_data'), ...(created === undefined ? {} : { created }) };
}

/** A text as ansible-runner writes it within its JSON. */
function inAscii(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u007F-\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function readBounded(path: string): Promise<string | undefined> {
  let file;
  try {
    file = await open(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
  try {
    const { size } = await file.stat();
    if (size <= EVENT_BYTES) {
      return await file.readFile('utf8');
    }
    const buffer = Buffer.alloc(TAIL_BYTES);
    const { bytesRead } = await file.read(buffer, 0, TAIL_BYTES, size - TAIL_BYTES);
    return withoutOutput(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

/**
 * The end of an event as an object of its own. What makes an event giant is the displayed output, which stands before
 * the name; quotes in it are escaped, so the first plain `"event":` is that of the event.
 */
function withoutOutput(tail: string): string | undefined {
  const start = tail.search(/(?<=, )"event": "/);
  return start < 0 ? undefined : `{${tail.slice(start)}`;
}
