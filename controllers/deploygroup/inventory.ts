/** A host, and where it was found, for people: `line 7`. */
export interface ListedHost {
  readonly host: string;
  readonly place: string;
}

/** The hosts of a list in their order, or the first thing that is wrong with it, with its line. */
export type Inventory =
  | { readonly hosts: readonly ListedHost[]; readonly problem?: undefined }
  | { readonly hosts?: undefined; readonly problem: string };

/** A group has no more hosts; a range stops there. */
const most = 1001;

interface Line {
  readonly number: number;
  readonly section: string;
  readonly words: readonly string[];
}

/**
 * Reads a list of hosts: one or several on each line, with spaces or commas between them, `[name]` before a section, #
 * or ; before a comment, and web[01:20] for twenty. It is the part of Ansible's form that names hosts; its variables,
 * and sections of sections, are refused.
 * @param section only its hosts; undefined: those of the whole list, where one may stand in several sections
 */
export function readInventory(text: string, section?: string): Inventory {
  const lines = linesOf(text);
  if (typeof lines === 'string') return { problem: lines };
  const own = section === undefined ? lines : lines.filter((line) => line.section === section);
  if (section !== undefined && own.length === 0)
    return { problem: `there is no section [${section}] with a host in it` };
  const hosts: ListedHost[] = [];
  const sectionOf = new Map<string, string>();
  for (const line of own) {
    const wrong = line.words.find((word) => word.includes('='));
    if (wrong !== undefined)
      return { problem: `line ${line.number}: ${JSON.stringify(wrong)} is a variable: name hosts only` };
    for (const host of line.words.flatMap(inRange)) {
      const before = sectionOf.get(host);
      if (before === undefined || before === line.section) hosts.push({ host, place: `line ${line.number}` });
      sectionOf.set(host, before ?? line.section);
    }
  }
  return { hosts };
}

/** @returns what is wrong, as text */
function linesOf(text: string): readonly Line[] | string {
  const lines: Line[] = [];
  let section = '';
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    const [, name] = /^\[([^\]]+)\]$/.exec(line) ?? [];
    if (line === '' || line.startsWith(';')) continue;
    if (name === undefined) {
      const words = line.split(/[\s,;]+/).filter((word) => word !== '');
      lines.push({ number: index + 1, section, words });
    } else if (name.includes(':'))
      return `line ${index + 1}: [${name}] is not taken: a section names hosts, and nothing else`;
    else section = name;
  }
  return lines;
}

/** `web[01:03]` stands for web01, web02 and web03, `db-[a:b]` for db-a and db-b. What is no range stays as it is. */
function inRange(word: string): readonly string[] {
  const [, before, first, last, after] = /^([^[\]]*)\[([0-9]+|[a-z]):([0-9]+|[a-z])\](.*)$/i.exec(word) ?? [];
  if (before === undefined || first === undefined || last === undefined || after === undefined) return [word];
  const ends = numbersOf(first, last);
  if (ends === undefined) return [word];
  const [from, to] = ends;
  const width = /^0[0-9]/.test(first) ? first.length : 0;
  const count = Math.min(Math.max(0, to - from + 1), most);
  const named = (number: number): string =>
    /^[0-9]/.test(first) ? String(number).padStart(width, '0') : String.fromCodePoint(number);
  return Array.from({ length: count }, (_, index) => `${before}${named(from + index)}${after}`).flatMap(inRange);
}

/** @returns undefined where the ends are not of one kind, or the wrong way round */
function numbersOf(first: string, last: string): readonly [from: number, to: number] | undefined {
  const digits = [first, last].map((end) => /^[0-9]+$/.test(end));
  if (digits[0] !== digits[1]) return undefined;
  const [from, to] = digits[0] === true ? [Number(first), Number(last)] : [first.codePointAt(0), last.codePointAt(0)];
  return from === undefined || to === undefined || from > to ? undefined : [from, to];
}
