import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ownProgram } from '../cluster/binaries/own-program.ts';
import { bareEnvironment } from '../harness/environment.ts';
import type { KeyPair } from '../signed.ts';

/** What the vendor's own library for Go made of the answers, by the names of the calls in client/main.go. */
export interface Understood {
  readonly [call: string]: unknown;
}

/**
 * Calls a facade by the vendor's own library, in a program that is built where it is not in the cache.
 * @param region KR, SGN or JPN. @throws what ownProgram throws
 */
export async function callByVendor(
  url: string,
  region: string,
  number: string,
  { accessKey, secretKey }: KeyPair,
): Promise<Understood> {
  const sources = join(import.meta.dirname, 'client');
  const title = 'a client of the ses API by the library of its vendor';
  const path = await ownProgram({ name: 'ncloud-client', sources, title }, (line) => console.log(line));
  const keys = { NCLOUD_API_GW: url, NCLOUD_ACCESS_KEY: accessKey, NCLOUD_SECRET_KEY: secretKey };
  const { stdout } = await promisify(execFile)(path, [region, number], { env: { ...bareEnvironment(), ...keys } });
  const understood: Understood = JSON.parse(stdout);
  return understood;
}
