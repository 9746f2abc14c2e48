import { LineCounter, isMap, isNode, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { ContentError } from './errors.ts';
import { isObject, textField } from './json.ts';
import type { JsonObject } from './json.ts';
import { plainLine } from './plain-text.ts';

/** What a content is: a playbook, or tasks that still need a play around them. */
export interface ParsedContent {
  readonly plays: boolean;
}

/** The text without a byte order mark at its beginning, which editors leave there and which is no content. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

const playKeys = new Set(['hosts', 'import_playbook', 'ansible.builtin.import_playbook']);

/**
 * Tells a playbook from a list of tasks.
 * @param variables those that the run is given, by name
 * @throws ContentError with the place and the fix when the text is not YAML, not one list, empty, or a mixture of plays
 * and tasks, or asks for a variable that nobody has set.
 */
export function parseContent(text: string, variables: Readonly<Record<string, unknown>>): ParsedContent {
  const lines = new LineCounter();
  const document = parseSingle(withoutByteOrderMark(text), lines);
  const fail = (message: string, offset: number): ContentError => {
    const { line, col } = lines.linePos(offset);
    return new ContentError(`content, line ${line}, column ${col}: ${message}`, line, col);
  };
  const [error] = document.errors;
  if (error !== undefined) {
    // The library appends the place and a source excerpt after the first line.
    const [reason = error.message] = error.message.split(/ at line \d+|\n/u);
    throw fail(`this is not valid YAML: ${plainLine(reason)}`, error.pos[0]);
  }
  const root = document.contents;
  if (!isSeq(root)) {
    throw fail(
      'the content must be a list of plays or a list of tasks. Begin each play or task with "- ".',
      root?.range?.[0] ?? 0,
    );
  }
  if (root.items.length === 0) {
    throw fail('the list is empty. Give at least one play or one task.', root.range?.[0] ?? 0);
  }
  const kinds = root.items.map((item) => {
    const start = isMap(item) || isScalar(item) || isSeq(item) ? (item.range?.[0] ?? 0) : 0;
    if (!isMap(item)) {
      throw fail('each entry of the list must be a mapping such as "name: …", as plays and tasks are.', start);
    }
    return { plays: isPlay(item), start };
  });
  const [first] = kinds;
  const odd = kinds.find((kind) => kind.plays !== first?.plays);
  if (odd !== undefined) {
    throw fail(
      odd.plays
        ? 'this is a play but the entries before it are tasks. ' +
            'Put the tasks under "tasks:" of a play, or remove "hosts:".'
        : 'this is a task but the entries before it are plays. ' +
            'Add "hosts: all" to make it a play, or move it under "tasks:" of a play.',
      odd.start,
    );
  }
  const prompt = root.items
    .filter((item) => isMap(item))
    .flatMap((item) => promptsOf(item, document))
    .find(({ name, answered }) => !answered && !Object.hasOwn(variables, name));
  if (prompt !== undefined) {
    throw fail(
      `the play asks for the variable ${JSON.stringify(prompt.name)} (vars_prompt), and nobody is there to answer. ` +
        'Set the variable for the task, or give the prompt a default.',
      prompt.start,
    );
  }
  return { plays: first?.plays === true };
}

/** A variable that a play asks for. Without an answer and a default Ansible goes on with the text "None". */
interface Prompt {
  readonly name: string;
  /** It has a default. */
  readonly answered: boolean;
  /** Where the play's prompts stand. */
  readonly start: number;
}

function promptsOf(play: YAMLMap, document: Document): readonly Prompt[] {
  const pair = play.items.find(({ key }) => isScalar(key) && key.value === 'vars_prompt');
  if (pair === undefined) return [];
  const start = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
  return prompts(pair.value, document).flatMap((prompt) => {
    const name = textField(prompt, 'name');
    const { default: usual } = prompt;
    // A name that is made of variables is known to Ansible only.
    return name === undefined || name.includes('{{')
      ? []
      : [{ name, answered: usual !== undefined && usual !== null, start }];
  });
}

function prompts(node: unknown, document: Document): readonly JsonObject[] {
  if (!isNode(node)) return [];
  try {
    const value: unknown = node.toJS(document, { maxAliasCount: 100 });
    return (Array.isArray(value) ? value : [value]).filter((prompt) => isObject(prompt));
  } catch (error) {
    // An alias that leads nowhere, or too far: Ansible says so.
    if (error instanceof ReferenceError) return [];
    throw error;
  }
}

function parseSingle(text: string, lineCounter: LineCounter): Document.Parsed {
  let documents: readonly Document.Parsed[];
  try {
    // Version 1.1 and repeated keys as Ansible's own parser takes them; it warns of the latter.
    const parsed = parseAllDocuments(text, { version: '1.1', uniqueKeys: false, lineCounter, logLevel: 'error' });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    if (error instanceof RangeError) {
      throw new ContentError('content: the YAML is nested too deeply. Flatten it.', 1, 1);
    }
    throw error;
  }
  const [first, second] = documents;
  if (first === undefined) {
    throw new ContentError(
      'content, line 1, column 1: the content is empty. Give a list of plays or a list of tasks.',
      1,
      1,
    );
  }
  if (second !== undefined) {
    const { line, col } = lineCounter.linePos(second.range[0]);
    throw new ContentError(
      `content, line ${line}, column ${col}: a second YAML document begins here. Give one list in one document.`,
      line,
      col,
    );
  }
  return first;
}

function isPlay(entry: YAMLMap): boolean {
  return entry.items.some(({ key }) => isScalar(key) && typeof key.value === 'string' && playKeys.has(key.value));
}
