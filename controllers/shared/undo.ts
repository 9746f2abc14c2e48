/** What a field of something that is not ours may hold; null: nothing. */
export type FieldValue = string | number | boolean | null;

/**
 * Fields of something that is not ours that are changed for a while: what each held before, and what it is set to.
 * It is recorded before the change, or with it, wherever it outlives this process: in a status, or on the very object
 * by the write that changes it.
 */
export type Undo = Readonly<Record<string, { readonly before: FieldValue; readonly set: FieldValue }>>;

/** The fields as they are now; one that is absent holds nothing. */
export type Present = Readonly<Record<string, FieldValue>>;

/**
 * @param recorded of an earlier change that was not put back yet: what was there before that counts
 * @returns what to record before these fields are set
 */
export function undoOf(present: Present, wanted: Present, recorded: Undo = {}): Undo {
  const fields = Object.entries(wanted).map(([name, set]) => [
    name,
    { before: Object.hasOwn(recorded, name) ? (recorded[name]?.before ?? null) : (present[name] ?? null), set },
  ]);
  return { ...recorded, ...Object.fromEntries(fields) };
}

/** @returns whether all that was recorded is set */
export function isSet(undo: Undo, present: Present): boolean {
  return Object.entries(undo).every(([name, { set }]) => (present[name] ?? null) === set);
}

/**
 * @returns the fields to put back, each with what it held before. One that somebody has changed since is his, and one
 * that held the same before needs nothing.
 */
export function putBack(undo: Undo, present: Present): Present {
  const ours = Object.entries(undo).filter(
    ([name, { before, set }]) => before !== set && (present[name] ?? null) === set,
  );
  return Object.fromEntries(ours.map(([name, { before }]) => [name, before]));
}

/** @returns what a text records, or undefined when it is no such record: then nobody can tell what was there before */
export function parseUndo(text: string): Undo | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.values(value).every(isField) ? (value as Undo) : undefined;
}

function isField(field: unknown): boolean {
  return typeof field === 'object' && field !== null && 'before' in field && 'set' in field;
}
