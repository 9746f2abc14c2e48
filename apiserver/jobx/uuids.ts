import { createHash } from 'node:crypto';

import type { AgentTask } from '../../crds/types/agenttask.ts';

/** Twelve letters and digits; of a task that was asked for here the last one is a letter, and says what it is for. */
const form = /^[a-zA-Z0-9]{12}$/;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const small = 'abcdefghijklmnopqrstuvwxyz';

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

/** The uuid of a task on a group: the one in its name, or, of a task that kubectl made, one made of its UID. */
export function uuidOf({ metadata, spec }: AgentTask): string {
  const named = uuidInName(metadata.name);
  if (named !== undefined) return named;
  const made = madeOf(metadata.uid ?? '');
  return spec.rollbackOf === undefined ? made : rollbackOf(made);
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

/** The uuid of a batch of the task with this UID, the same also before it has begun. */
export function batchUuid(uid: string, number: number): string {
  return madeOf(`${uid}/${number}`);
}

/** A new one, that nobody can guess the next of. */
export function newUuid(random: string): string {
  return madeOf(random);
}

/** For third parties: the first eleven characters are theirs, the last one counts their tries. */
export function uuidOfTry(uuid: string, tries: number): string {
  return uuid.slice(0, 11) + (small[Math.min(Math.max(tries, 0), small.length - 1)] ?? 'a');
}

function madeOf(seed: string): string {
  const bytes = createHash('sha256').update(seed).digest();
  const letters = Array.from(bytes.subarray(0, 11), (byte) => alphabet[byte % alphabet.length] ?? 'A');
  return letters.join('') + (small[(bytes[11] ?? 0) % small.length] ?? 'a');
}
