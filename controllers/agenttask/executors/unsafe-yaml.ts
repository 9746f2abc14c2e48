/**
 * All text that Ansible would take for something else than text under the `!unsafe` tag (numbers, booleans, null,
 * times, `<<`, `=`) is of these characters, and no template can be written in them: not `{{`, nor a `#jinja2:` header,
 * which sets other delimiters.
 */
const plain = /^[\w+\-.:~=<!&* \t]*$/;

/**
 * JSON-like data as YAML in which every string that could hold a template carries Ansible's `!unsafe` tag, so that it
 * stays text. Without the tag a variable of a task could run a lookup, and with it a command, on the machine of the
 * controller.
 */
export function unsafeYaml(value: unknown): string {
  if (typeof value === 'string') {
    return plain.test(value) ? quoted(value) : `!unsafe ${quoted(value)}`;
  }
  if (Array.isArray(value)) {
    return `[${value.map((item: unknown) => unsafeYaml(item)).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${unsafeYaml(item)}`);
    return `{${entries.join(', ')}}`;
  }
  if (typeof value === 'number' && Number.isFinite(value)) {
    return numeral(value);
  }
  return typeof value === 'boolean' ? String(value) : 'null';
}

/** YAML 1.1 takes `1e21` for a string: a float needs a point and a signed exponent. */
function numeral(value: number): string {
  const text = String(value);
  const [mantissa = '', exponent] = text.split('e');
  return exponent === undefined ? text : `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
}

/** A double-quoted YAML scalar in ASCII. YAML escapes astral characters as one code point, unlike JSON. */
function quoted(text: string): string {
  let result = '"';
  for (const character of text.toWellFormed()) {
    const point = character.codePointAt(0) ?? 0;
    if (character === '"' || character === '\\') {
      result += `\\${character}`;
    } else if (point >= 0x20 && point < 0x7f) {
      result += character;
    } else {
      result += `\\U${point.toString(16).padStart(8, '0')}`;
    }
  }
  return `${result}"`;
}
