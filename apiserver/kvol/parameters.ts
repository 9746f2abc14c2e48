import type { FastifyRequest } from 'fastify';

/** A parameter cannot be used. The message begins with its name, and says what to send instead. */
export class ParameterError extends Error {
  readonly code = 'PARAMETER';

  constructor(name: string, problem: string) {
    super(`${name}: ${problem}`);
    this.name = 'ParameterError';
  }
}

const idForm = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const zoneForm = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
/** Rows that one answer may have. */
const mostRows = 1000;
const standardLimit = 5;

/** Reads the parameters of one call. Methods throw ParameterError; what is sent beyond them is not read. */
export class Parameters {
  readonly #query: Readonly<Record<string, unknown>>;

  constructor({ query }: Pick<FastifyRequest, 'query'>) {
    this.#query = { ...(query as Readonly<Record<string, unknown>>) };
  }

  /** Name of a zone that has to be given. */
  zone(name: string): string {
    return this.optionalZone(name) ?? required(name);
  }

  optionalZone(name: string): string | undefined {
    const value = this.#text(name);
    // The document says None where it means all.
    if (value === undefined || value === 'None') return undefined;
    if (!zoneForm.test(value))
      throw new ParameterError(name, 'is not the name of a zone: send it as the operator calls it');
    return value;
  }

  /** Id of a volume, snapshot, volume type or tenant. Cinder knows lower-case ones only. */
  id(name: string): string {
    const value = (this.#text(name) ?? required(name)).toLowerCase();
    if (!idForm.test(value)) throw new ParameterError(name, 'is not an id: send it as the storage shows it');
    return value;
  }

  bootable(): boolean {
    const value = this.#text('bootable') ?? 'no';
    if (value !== 'yes' && value !== 'no')
      throw new ParameterError('bootable', 'is neither yes nor no: send one of them, or nothing, which means no');
    return value === 'yes';
  }

  /** 0 when none was given: all are meant. */
  rowKey(): number {
    return this.#whole('rowkey', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  }

  limit(): number {
    return this.#whole('limit', 1, mostRows) ?? standardLimit;
  }

  #whole(name: string, least: number, most: number): number | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new ParameterError(name, `is not a whole number from ${least}${most === mostRows ? ` to ${most}` : ' on'}`);
    return value;
  }

  /** @returns undefined for one that is missing or empty */
  #text(name: string): string | undefined {
    const value = this.#query[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw new ParameterError(name, 'is given several times: send it once');
    return value.trim() === '' ? undefined : value.trim();
  }
}

function required(name: string): never {
  throw new ParameterError(name, 'is required');
}
