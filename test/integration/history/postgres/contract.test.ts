import { afterAll, beforeAll } from 'vitest';

import { PostgresServer } from '../../../postgres/server.ts';
import { historyContract } from '../../../unit/history/contract/contract.ts';
import { describeWithPostgres, openIn } from './opened.ts';

let server: PostgresServer;

describeWithPostgres('the history in PostgreSQL', () => {
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.close());

  historyContract(async () => {
    const place = await server.newPlace();
    return { open: (options) => openIn(place, options) };
  });
});
