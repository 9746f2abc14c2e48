import { afterAll, beforeAll } from 'vitest';

import { Helm } from './helm.ts';

/** Helm is built from source where it is not in the cache, with others building beside it. */
const building = 1_200_000;

/** Call it at the top of a file, and the result within its tests. */
export function helmForFile(): () => Helm {
  let helm: Helm | undefined;
  beforeAll(async () => {
    helm = await Helm.open();
  }, building);
  afterAll(async () => {
    await helm?.close();
  });
  return () => {
    if (helm === undefined) throw new Error('helm is made ready in beforeAll: ask for it within a test');
    return helm;
  };
}
