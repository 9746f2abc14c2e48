import type { IncomingHttpHeaders } from 'node:http';

import { HeaderError } from './errors.ts';

/** Where a call comes from, by the headers that the document requires. */
export interface Origin {
  readonly correlationID: string;
  readonly source: string;
}

/** @throws HeaderError naming the header that is missing or empty */
export function originOf(headers: IncomingHttpHeaders): Origin {
  const correlationID = header(headers, 'x-correlation-id');
  if (correlationID === undefined)
    throw new HeaderError(
      'X-CORRELATION-ID',
      'X-CORRELATION-ID: this header is required: ' +
        'send an id of your own, by which the task and its log are found again',
    );
  // The document's name and the one that the original program's clients send.
  const source = header(headers, 'x-resource') ?? header(headers, 'x-source');
  if (source === undefined)
    throw new HeaderError(
      'X-RESOURCE',
      'X-RESOURCE: this header (or X-SOURCE) is required: send the name of the calling system',
    );
  return { correlationID, source };
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = (typeof value === 'string' ? value : value?.join(', '))?.trim();
  return text === '' ? undefined : text;
}
