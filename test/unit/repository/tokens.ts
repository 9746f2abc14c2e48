export interface Token {
  readonly kind: 'word' | 'text' | 'mark';
  /** A word or mark as it stands, a text without its quotes. */
  readonly value: string;
}

/**
 * After one of these a slash begins a regular expression; after any other word, or after `)`, `]` or `}`, it divides.
 */
const beforeExpression = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'await',
  'yield',
  'void',
  'delete',
  'throw',
  'else',
  'do',
]);

const pattern = new RegExp(
  [
    String.raw`(?<space>\s+|//[^\n]*|/\*[^]*?\*/)`,
    String.raw`(?<text>'(?:\\[^]|[^'\\\n])*'|"(?:\\[^]|[^"\\\n])*")`,
    String.raw`(?<word>[\p{ID_Start}$_#][\p{ID_Continue}$]*|\d[\w.]*)`,
    String.raw`(?<mark>[^])`,
  ].join('|'),
  'uy',
);
const expression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/uy;

/**
 * Splits TypeScript into words, texts and marks, without comments and regular expressions. A template becomes a text
 * when it has no placeholders; otherwise only the code in its placeholders is kept.
 */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  read(source, 0, tokens, false);
  return tokens;
}

function read(source: string, start: number, tokens: Token[], inPlaceholder: boolean): number {
  let depth = 0;
  for (let at = start; at < source.length;) {
    if (source[at] === '`') {
      at = readTemplate(source, at + 1, tokens);
      continue;
    }
    const skipped = source[at] === '/' ? expressionEnd(source, at, tokens.at(-1)) : at;
    if (skipped > at) {
      at = skipped;
      continue;
    }
    pattern.lastIndex = at;
    const groups = pattern.exec(source)?.groups ?? {};
    at = pattern.lastIndex;
    if (groups['text'] !== undefined) tokens.push({ kind: 'text', value: groups['text'].slice(1, -1) });
    if (groups['word'] !== undefined) tokens.push({ kind: 'word', value: groups['word'] });
    if (groups['mark'] === undefined) continue;
    if (groups['mark'] === '{') depth += 1;
    if (groups['mark'] === '}') depth -= 1;
    if (inPlaceholder && depth < 0) return at;
    tokens.push({ kind: 'mark', value: groups['mark'] });
  }
  return source.length;
}

function readTemplate(source: string, start: number, tokens: Token[]): number {
  let plain = true;
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '`') {
      if (plain) tokens.push({ kind: 'text', value: source.slice(start, at) });
      return at + 1;
    } else if (source.startsWith('${', at)) {
      plain = false;
      at = read(source, at + 2, tokens, true) - 1;
    }
  }
  return source.length;
}

function expressionEnd(source: string, at: number, last: Token | undefined): number {
  if (source[at + 1] === '/' || source[at + 1] === '*') return at;
  const possible =
    last === undefined ||
    (last.kind === 'word' && beforeExpression.has(last.value)) ||
    (last.kind === 'mark' && !')]}'.includes(last.value));
  if (!possible) return at;
  expression.lastIndex = at;
  return expression.test(source) ? expression.lastIndex : at;
}
