import { ParamError } from './errors.ts';

/** What Ansible's own parsers follow without trouble; nobody nests variables so deep by hand. */
const maxDepth = 64;

/**
 * Checks that a value reaches Ansible as it was sent: not nested deeper than 64 levels, and without whole numbers that
 * JavaScript cannot hold.
 * @throws ParamError beginning with the field
 */
export function checkJson(field: string, value: unknown): void {
  // A loop, not a recursion: the value may be as deep as a body is long.
  const open: (readonly [unknown, number])[] = [[value, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [item, depth] = next;
    if (depth > maxDepth) throw new ParamError(`${field}: nested deeper than ${maxDepth} levels: flatten it`);
    if (
      typeof item === 'number' &&
      (!Number.isFinite(item) || (Number.isInteger(item) && !Number.isSafeInteger(item)))
    ) {
      throw new ParamError(
        `${field}: holds a whole number beyond 9007199254740991, which would lose digits: send it as text, in quotes`,
      );
    }
    if (typeof item === 'object' && item !== null)
      for (const child of Object.values(item)) open.push([child, depth + 1]);
  }
}
