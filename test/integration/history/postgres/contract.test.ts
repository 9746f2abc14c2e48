import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';

import { openPostgresHistory } from '../../../../history/postgres.ts';
import { postgresAvailable } from '../../../postgres/available.ts';
import { PostgresServer } from '../../../postgres/server.ts';
import { historyContract } from '../../../unit/history/contract/contract.ts';

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
    return {
      open: async (options) => {
        const store = await openPostgresHistory(place, options);
        onTestFinished(() => store.close());
        return store;
      },
    };
  });
});
