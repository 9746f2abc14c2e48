/** Kubernetes quantities (`1.5Gi`, `100m`, `2e3`), held exactly: whole nano-units in a BigInt. */

const nano = 1_000_000_000n;
const maxDigits = 64;

const suffixes: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1000n,
  m: 1_000_000n,
  '': nano,
  k: nano * 1000n,
  M: nano * 1000n ** 2n,
  G: nano * 1000n ** 3n,
  T: nano * 1000n ** 4n,
  P: nano * 1000n ** 5n,
  E: nano * 1000n ** 6n,
  Ki: nano * 1024n,
  Mi: nano * 1024n ** 2n,
  Gi: nano * 1024n ** 3n,
  Ti: nano * 1024n ** 4n,
  Pi: nano * 1024n ** 5n,
  Ei: nano * 1024n ** 6n,
};

const form = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$/;

export class QuantityError extends Error {
  readonly code = 'INVALID_QUANTITY';

  constructor(text: string) {
    super(
      `"${text.slice(0, 80)}" is not a quantity: write a number with an optional suffix, such as 500m, 2, 1.5Gi or 10M`,
    );
    this.name = 'QuantityError';
  }
}

/** @returns nano-units; what is finer is rounded away from zero, as apimachinery does. @throws QuantityError */
export function parseQuantity(text: string): bigint {
  const match = form.exec(text);
  if (match === null) throw new QuantityError(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0', suffix = ''] = match;
  if (whole === '' && fraction === '') throw new QuantityError(text);
  if (whole.length + fraction.length > maxDigits) throw new QuantityError(text);
  const unit = suffixes[suffix] ?? nano;
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction) * unit;
  const value = power >= 0 ? digits * 10n ** BigInt(power) : divideUp(digits, 10n ** BigInt(-power));
  return sign === '-' ? -value : value;
}

const decimal = ['E', 'P', 'T', 'G', 'M', 'k', '', 'm', 'u', 'n'] as const;
const binary = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const;

/**
 * The canonical text: no fraction, the largest suffix that allows it. Binary suffixes only for whole amounts, when
 * asked for.
 */
export function formatQuantity(value: bigint, style: 'decimal' | 'binary' = 'decimal'): string {
  if (value === 0n) return '0';
  const candidates = style === 'binary' ? [...binary, ...decimal.slice(6)] : decimal;
  for (const suffix of candidates) {
    const unit = suffixes[suffix] ?? nano;
    if (value % unit === 0n) return `${value / unit}${suffix}`;
  }
  return `${value}n`;
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
