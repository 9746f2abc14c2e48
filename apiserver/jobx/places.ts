/*
 * Uuids that tell what they are of, for what has no name in which one could stand. They look as all others do.
 */

/** A batch of a task, by the id of the task; 0: the task itself. */
export interface Place {
  readonly id: number;
  readonly number: number;
}

/** What uuids are made of, and their last character. */
export const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
export const smallLetters = 'abcdefghijklmnopqrstuvwxyz';
const base = BigInt(alphabet.length);
const length = 11;
/** A task has a thousand batches at most. */
const numbers = 1001n;
/** So many texts of eleven letters and digits are there: more than ids of fifteen digits need. */
const texts = base ** BigInt(length);
/** Puts neighbours far apart, so that their uuids look unlike: has no factor in common with `texts`. */
const spread = 32_160_363_160_257_794_049n;
/** spread * back is 1 modulo `texts`. */
const back = 27_983_688_482_523_365_377n;

/** @returns twelve letters and digits, of which the last is a small letter */
export function uuidOfPlace({ id, number }: Place): string {
  const place = BigInt(id) * numbers + BigInt(number);
  let rest = (place * spread) % texts;
  let letters = '';
  while (letters.length < length) {
    letters += alphabet[Number(rest % base)] ?? '';
    rest /= base;
  }
  return letters + lastOf(place);
}

/** @returns undefined for a uuid that tells nothing */
export function placeIn(uuid: string): Place | undefined {
  const digits = Array.from(uuid.slice(0, length), (letter) => alphabet.indexOf(letter));
  if (digits.length < length || digits.includes(-1)) return undefined;
  const far = digits.toReversed().reduce((sum, digit) => sum * base + BigInt(digit), 0n);
  const place = (far * back) % texts;
  if (lastOf(place) !== uuid.slice(length)) return undefined;
  return { id: Number(place / numbers), number: Number(place % numbers) };
}

/** By which most uuids that somebody made up are told from these. */
function lastOf(place: bigint): string {
  return smallLetters[Number(place % BigInt(smallLetters.length))] ?? 'a';
}
