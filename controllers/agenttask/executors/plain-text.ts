/** Longest message in a status, in UTF-16 units. */
export const MESSAGE_LIMIT = 256;

// oxlint-disable-next-line no-control-regex -- terminal sequences are what is looked for
const terminalSequence = /\u001B(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g;

/**
 * One line of plain text of at most `limit` UTF-16 units: no terminal sequences, control, bidirectional or other
 * invisible format characters, which could forge what a reader sees; white space collapsed; cut at a character boundary
 * with an ellipsis.
 */
export function plainLine(text: string, limit: number = MESSAGE_LIMIT): string {
  // Bounds the work on a giant text; sequences and white space may shrink it, hence the margin.
  const head = text.slice(0, limit * 16);
  const line = head
    // First, so that what they hid cannot come together afterwards.
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(terminalSequence, '')
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .trim();
  if (line.length <= limit && head.length === text.length) {
    return line;
  }
  const cut = line.slice(0, limit - 1);
  const last = cut.charCodeAt(cut.length - 1);
  const splitsPair = last >= 0xd8_00 && last <= 0xdb_ff;
  return `${splitsPair ? cut.slice(0, -1) : cut}…`;
}

/** As plainLine, but of a longer text the middle is left out: the beginning says what failed, the end says why. */
export function plainEnds(text: string, limit: number = MESSAGE_LIMIT): string {
  const whole = text.length <= limit * 16 ? plainLine(text, limit * 16) : undefined;
  if (whole !== undefined && whole.length <= limit) return whole;
  const head = Math.floor(limit / 3);
  // Both with an ellipsis, of which one is enough.
  return `${plainLine(text, head)}${plainEnd(text, limit - head + 1).slice(1)}`;
}

/** As plainLine, but of a longer text the end is kept: what a program prints last says why it failed. */
export function plainEnd(text: string, limit: number): string {
  const line = plainLine(text.slice(-limit * 16), limit * 16);
  if (line.length <= limit) {
    return line;
  }
  const cut = line.slice(line.length - limit + 1);
  const first = cut.charCodeAt(0);
  const splitsPair = first >= 0xdc_00 && first <= 0xdf_ff;
  return `…${splitsPair ? cut.slice(1) : cut}`;
}
