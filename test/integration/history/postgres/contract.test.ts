import { afterAll, beforeAll, describe } from 'vitest';

import { postgresAvailable } from '../../../postgres/available.ts';
import { PostgresServer } from '../../../postgres/server.ts';
import { historyContract } from '../../../unit/history/contract/contract.ts';
import { openIn } from './opened.ts';

const available = await postgresAvailable();
if (!available.ok) console.log(`skipped: ${available.reason}`);

let server: PostgresServer;

describe.skipIf(!available.ok)('the history in PostgreSQL', () => {
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.close());

  historyContract(async () => {
    const place = await server.newPlace();
    return { open: (options) => openIn(place, options) };
  });
});
