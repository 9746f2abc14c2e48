/**
 * Task objects as the YAML text that a person would write: one entry a line, texts in quotes, so that no reader, of
 * YAML 1.1 or 1.2, takes `yes`, `=` or `1:30` for anything else.
 * @param tasks plain JSON values, nested no deeper than the stack allows
 */
export function taskListYaml(tasks: readonly object[]): string {
  return `${block(tasks, 0).join('\n')}\n`;
}

/** The lines of a list or mapping that has entries. */
function block(value: object, indent: number): string[] {
  const margin = ' '.repeat(indent);
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      if (!hasEntries(item)) return [`${margin}- ${leaf(item)}`];
      const [first = '', ...rest] = block(item, indent + 2);
      return [`${margin}- ${first.slice(indent + 2)}`, ...rest];
    });
  }
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    const name = `${margin}${plainKey(key) ? key : quoted(key)}:`;
    return hasEntries(item) ? [name, ...block(item, indent + 2)] : [`${name} ${leaf(item)}`];
  });
}

function hasEntries(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function leaf(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return numeral(value);
  if (Array.isArray(value)) return '[]';
  return typeof value === 'object' && value !== null ? '{}' : String(value);
}

/** Words that YAML 1.1 takes for a boolean or for nothing. */
const notText = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

function plainKey(key: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/.test(key) && !notText.test(key);
}

/** JSON's way of quoting is YAML's too, but for the characters that YAML 1.1 does not print or breaks lines at. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** YAML 1.1 takes `1e-7` for a text: a float needs a point. */
function numeral(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e');
  return exponent === undefined ? mantissa : `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
}
