/** @returns a line for a POSIX shell that posts this body, whatever is in it; that only gets, without one */
export function curlLine(url: string, body?: object, headers: Readonly<Record<string, string>> = {}): string {
  const shown = Object.entries(headers).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`);
  const sent = body === undefined ? '' : ` -d ${quoted(JSON.stringify(body))}`;
  return `curl -sS ${url}${shown.join('')}${sent}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
