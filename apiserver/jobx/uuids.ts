import { createHash } from 'node:crypto';

import { idOf } from '../../crds/labels.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import { alphabet, placeIn, smallLetters, uuidOfPlace, type Place } from './places.ts';

/** Twelve letters and digits; of a task that was asked for here the last one is a letter, and says what it is for. */
const form = /^[a-zA-Z0-9]{12}$/;

/**
 * The object's name for a task's uuid. Names know no capitals: which letters are some is told behind. The same for
 * ever, so that the API server decides whether a uuid is taken.
 */
export function taskNameOf(uuid: string): string {
  const capitals = Array.from(uuid).reduce((bits, letter) => bits * 2 + (/[A-Z]/.test(letter) ? 1 : 0), 0);
  return `jobx-${uuid.toLowerCase()}-${capitals.toString(16)}`;
}

/** @returns whether a text can be the uuid of a task */
export function isUuid(text: string): boolean {
  return form.test(text);
}

/** @returns whether the task of this uuid takes another one back */
export function isRollback(uuid: string): boolean {
  return !/[a-z]$/.test(uuid);
}

/** @returns the uuid of the task that takes back the one of this uuid */
export function rollbackOf(uuid: string): string {
  return uuid.slice(0, -1) + uuid.slice(-1).toUpperCase();
}

/** The uuid of a task on a group: the one in its name, or, of a task that kubectl made, one that tells its id. */
export function uuidOf({ metadata, spec }: AgentTask): string {
  const named = uuidInName(metadata.name);
  if (named !== undefined) return named;
  // Its controller gives it an id before anything else.
  const id = idOf({ metadata });
  const made = id === undefined ? madeOf(metadata.uid ?? '') : uuidOfPlace({ id, number: 0 });
  return spec.rollbackOf === undefined ? made : rollbackOf(made);
}

/** @returns the id of a task that kubectl made, by its uuid; undefined for one that tells none */
export function idInUuid(uuid: string): number | undefined {
  const place = placeIn(uuid.slice(0, -1) + uuid.slice(-1).toLowerCase());
  return place?.number === 0 ? place.id : undefined;
}

/** @returns the uuid of a task that was made here, by the name of its object */
export function uuidInName(name: string): string | undefined {
  const [, letters = '', capitals = ''] = /^jobx-([a-z0-9]{12})-([0-9a-f]{1,3})$/.exec(name) ?? [];
  const bits = Number.parseInt(capitals || '0', 16)
    .toString(2)
    .padStart(12, '0');
  const named = Array.from(letters, (letter, index) => (bits[index] === '1' ? letter.toUpperCase() : letter)).join('');
  return named !== '' && taskNameOf(named) === name ? named : undefined;
}

/**
 * The uuid of a batch, the same also before it has begun. It tells the id of the task and the number of the batch, so
 * that it is found wherever the task is.
 */
export function batchUuid(id: number, number: number): string {
  return uuidOfPlace({ id, number });
}

/** @returns the id of the task and the number of the batch that a uuid tells; undefined for one that is of no batch */
export function batchOf(uuid: string): Place | undefined {
  const place = placeIn(uuid);
  return place?.number === 0 ? undefined : place;
}

/** A new one, that nobody can guess the next of. */
export function newUuid(random: string): string {
  return madeOf(random);
}

/** For third parties: the first eleven characters are theirs, the last one counts their tries. */
export function uuidOfTry(uuid: string, tries: number): string {
  return uuid.slice(0, 11) + (smallLetters[Math.min(Math.max(tries, 0), smallLetters.length - 1)] ?? 'a');
}

function madeOf(seed: string): string {
  const bytes = createHash('sha256').update(seed).digest();
  const letters = Array.from(bytes.subarray(0, 11), (byte) => alphabet[byte % alphabet.length] ?? 'A');
  return letters.join('') + (smallLetters[(bytes[11] ?? 0) % smallLetters.length] ?? 'a');
}
