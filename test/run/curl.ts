/**
 * @param method where it is not POST with a body and GET without one
 * @returns a line for a POSIX shell that posts this body, whatever is in it; that only gets, without one
 */
export function curlLine(
  url: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
  method?: 'PUT' | 'DELETE',
): string {
  const shown = Object.entries(headers).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`);
  const sent = body === undefined ? '' : ` -d ${quoted(JSON.stringify(body))}`;
  const how = method === undefined ? '' : ` -X ${method}`;
  return `curl -sS${how} ${url}${shown.join('')}${sent}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
