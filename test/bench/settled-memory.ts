import { setTimeout as sleep } from 'node:timers/promises';

import type { MemoryUse } from './process-stats.ts';

const sampleEvery = 1000;
/** Samples in a row that must lie within a hundredth of each other. */
const alike = 10;
/** Runtimes give memory back for minutes; what they hold after this long (milliseconds) is what is reported. */
const atMost = 60_000;

/** @returns MiB resident once that does not change any more */
export async function settledMemory(subject: { memory(): Promise<MemoryUse> }): Promise<number> {
  const samples: number[] = [];
  for (const began = performance.now(); performance.now() - began < atMost;) {
    await sleep(sampleEvery);
    samples.push((await subject.memory()).resident);
    const last = samples.slice(-alike);
    if (last.length === alike && Math.max(...last) - Math.min(...last) < Math.max(...last) / 100) break;
  }
  return samples.at(-1) ?? Number.NaN;
}
