import { describe } from 'vitest';

import { historyContract } from './contract/contract.ts';
import { historyPath, openStore } from './samples.ts';

describe('the history in a SQLite file', () => {
  historyContract(async () => {
    const path = await historyPath();
    return { open: (options) => openStore(path, options) };
  });
});
