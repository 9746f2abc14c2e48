import type { RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import type { DiskFacts } from '../engine/engine.ts';
import { error, type Finding, type Preflight } from './finding.ts';

/** Above the low watermark no replica is placed on a node: its own would not come back to it. */
export function checkDisks(_: RollingUpgrade, { survey }: Preflight): readonly Finding[] {
  const { lowWatermark, disks } = survey;
  if (lowWatermark === undefined) return [];
  return disks
    .filter((disk) => isAbove(disk, lowWatermark))
    .map(({ node, total, available }) => {
      const used = Math.floor((1 - available / total) * 100);
      const what = `${used} % of the disk of node ${node} are in use`;
      const limit = `which is above the low watermark (${lowWatermark})`;
      return error(
        'Disk',
        `${what}, ${limit}: no replica would come back to it`,
        'make room on it, or raise the watermark',
      );
    });
}

/** @param watermark how much may be in use (`85%`, `0.85`), or how much has to be free (`10gb`) */
function isAbove({ total, available }: DiskFacts, watermark: string): boolean {
  if (total <= 0) return false;
  const used = 1 - available / total;
  const percent = /^([0-9.]+)%$/.exec(watermark)?.[1];
  if (percent !== undefined) return used * 100 >= Number(percent);
  if (/^[0-9.]+$/.test(watermark)) return used >= Number(watermark);
  return available <= bytesOf(watermark);
}

const units = ['b', 'kb', 'mb', 'gb', 'tb', 'pb'];

/** @returns 0, which nothing is below, for what is no size */
function bytesOf(size: string): number {
  const [, number = '', unit = ''] = /^([0-9.]+)([a-z]+)$/.exec(size.toLowerCase()) ?? [];
  const power = units.indexOf(unit);
  return power < 0 ? 0 : Number(number) * 1024 ** power;
}
