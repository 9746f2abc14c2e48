import { vi } from 'vitest';

import type { Way } from '../../../apiserver/kvol/recoveries.ts';
import type { TwoZones } from '../../cinder/two-zones.ts';
import type { KvolCaller } from '../apiserver/kvol-caller.ts';

/** What the kvol API tells of an order, as far as tests ask. */
interface Row {
  readonly status: string;
  readonly result_msg: string;
  readonly new_volume_id: string;
}

/** Orders volumes of zone a in zone b, and asks what became of them, by REST alone. */
export class VolumeOrders {
  readonly #caller: KvolCaller;
  readonly #fixed: Readonly<Record<string, string>>;

  /** @param tenantID to whom volumes are handed */
  constructor(caller: KvolCaller, { a, b, typeA, typeB }: TwoZones, tenantID: string) {
    this.#caller = caller;
    this.#fixed = {
      'src-zone': a.name,
      'src-volume-type-id': typeA,
      'dst-zone': b.name,
      'dst-tenant-id': tenantID,
      'dst-volume-type-id': typeB,
    };
  }

  /** @returns the row key */
  async recover(volumeID: string, bootable: 'yes' | 'no'): Promise<number> {
    return this.#order('recovery', { 'src-volume-id': volumeID, bootable });
  }

  /** @returns the row key */
  async create(snapshotID: string, bootable: 'yes' | 'no'): Promise<number> {
    return this.#order('create', { 'src-snapshot-id': snapshotID, bootable });
  }

  async row(way: Way, rowKey: number): Promise<Row> {
    const list = (await this.#get(`${way}list?rowkey=${rowKey}`)) as { readonly clist: readonly Row[] };
    const [row] = list.clist;
    if (row === undefined) throw new Error(`there is no order ${rowKey}`);
    return row;
  }

  /** Waits for the end of an order. */
  async ended(way: Way, rowKey: number): Promise<Row> {
    return vi.waitFor(
      async () => {
        const row = await this.row(way, rowKey);
        if (row.status === 'SUCCESS' || row.status === 'FAIL') return row;
        throw new Error(`order ${rowKey} is ${row.status}: ${row.result_msg}`);
      },
      { timeout: 240_000, interval: 1000 },
    );
  }

  async #order(way: Way, query: Readonly<Record<string, string>>): Promise<number> {
    const asked = new URLSearchParams({ ...this.#fixed, ...query }).toString();
    return ((await this.#get(`${way}?${asked}`)) as { readonly rowkey: number }).rowkey;
  }

  async #get(path: string): Promise<unknown> {
    const { status, body } = await this.#caller.get(`/api/kvol/${path}`);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }
}
