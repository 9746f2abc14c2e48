import { tokensOf } from './tokens.ts';
import type { Token } from './tokens.ts';

/** What a module asks for: the specifier, or undefined where it is computed at run time. */
export type Import = string | undefined;

const loaders = new Set(['require', 'resolve', 'mock', 'doMock', 'importActual']);

/**
 * Finds the specifiers of all imports of a TypeScript module: `import` and `export … from` with and without `type`,
 * `import('…')` in code and in types, `require('…')`, `import.meta.resolve('…')` and vitest's mocks.
 */
export function importsOf(source: string): readonly Import[] {
  const tokens = tokensOf(source);
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word' || isMember(tokens, index)) return loadedAsMember(tokens, index);
    if (token.value === 'import') return importedAt(tokens, index);
    if (token.value === 'export') return exportedAt(tokens, index);
    return token.value === 'require' && isMark(tokens[index + 1], '(') ? [argument(tokens, index + 1)] : [];
  });
}

function importedAt(tokens: readonly Token[], index: number): readonly Import[] {
  const next = tokens[index + 1];
  if (next?.kind === 'text') return [next.value];
  if (isMark(next, '(')) return [argument(tokens, index + 1)];
  if (isMark(next, '.') || isMark(next, ':') || isMark(next, '?')) return [];
  const from = tokens.findIndex(
    ({ kind, value }, at) => at > index && kind === 'word' && value === 'from' && tokens[at + 1]?.kind === 'text',
  );
  return from < 0 ? [] : [tokens[from + 1]?.value];
}

function exportedAt(tokens: readonly Token[], index: number): readonly Import[] {
  let at = index + 1;
  if (tokens[at]?.value === 'type') at += 1;
  if (isMark(tokens[at], '*')) at += tokens[at + 1]?.value === 'as' ? 3 : 1;
  else if (isMark(tokens[at], '{')) at = tokens.findIndex((token, close) => close > at && isMark(token, '}')) + 1;
  else return [];
  const specifier = tokens[at + 1];
  return tokens[at]?.value === 'from' && specifier?.kind === 'text' ? [specifier.value] : [];
}

/** `import.meta.resolve('…')`, `vi.mock('…')`: calls by which a module gets hold of another one. */
function loadedAsMember(tokens: readonly Token[], index: number): readonly Import[] {
  const [object, token] = [tokens[index - 2]?.value ?? '', tokens[index]];
  if (token?.kind !== 'word' || !loaders.has(token.value) || !isMark(tokens[index + 1], '(')) return [];
  return ['meta', 'vi', 'module', 'require'].includes(object) ? [argument(tokens, index + 1)] : [];
}

function argument(tokens: readonly Token[], open: number): Import {
  const [specifier, after] = [tokens[open + 1], tokens[open + 2]];
  return specifier?.kind === 'text' && (isMark(after, ')') || isMark(after, ',')) ? specifier.value : undefined;
}

function isMember(tokens: readonly Token[], index: number): boolean {
  return isMark(tokens[index - 1], '.') && !(isMark(tokens[index - 2], '.') && isMark(tokens[index - 3], '.'));
}

function isMark(token: Token | undefined, value: string): boolean {
  return token?.kind === 'mark' && token.value === value;
}
