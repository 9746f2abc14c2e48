/** @returns a line for a POSIX shell that posts this body, whatever is in it */
export function curlLine(url: string, body: object, headers: Readonly<Record<string, string>> = {}): string {
  const shown = Object.entries(headers).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`);
  return `curl -sS ${url}${shown.join('')} -d ${quoted(JSON.stringify(body))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
