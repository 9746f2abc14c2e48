/** What Ansible's own parsers follow without trouble; nobody nests variables so deep by hand. */
const maxDepth = 64;

/**
 * Whether a value reaches Ansible as it was sent: not nested deeper than 64 levels, and without whole numbers that
 * JavaScript cannot hold.
 * @returns what is wrong with it, and what to do
 */
export function jsonProblem(value: unknown): string | undefined {
  // A loop, not a recursion: the value may be as deep as a body is long.
  const open: (readonly [unknown, number])[] = [[value, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [item, depth] = next;
    if (depth > maxDepth) return `nested deeper than ${maxDepth} levels: flatten it`;
    if (
      typeof item === 'number' &&
      (!Number.isFinite(item) || (Number.isInteger(item) && !Number.isSafeInteger(item)))
    ) {
      return 'holds a whole number beyond 9007199254740991, which would lose digits: send it as text, in quotes';
    }
    if (typeof item === 'object' && item !== null)
      for (const child of Object.values(item)) open.push([child, depth + 1]);
  }
  return undefined;
}
