import { parseQuantity } from '../../kube/quantities.ts';

/** How much storage there is, in multiples of 1024. */
interface Amount {
  readonly value: number;
  /** Of 1024; 0: bytes. */
  readonly power: number;
}

const letters = ['', 'K', 'M', 'G', 'T', 'P', 'E'];
const nano = 1_000_000_000n;

/** As the document has it: `100T`, `1.21G` or `0`, with two decimals unless it is a whole number; empty: unknown. */
export function documentedCapacity(quantity: string | undefined): string {
  if (quantity === undefined) return '';
  const { value, power } = amountOf(quantity);
  return `${Number.isInteger(value) ? value : value.toFixed(2)}${letters[power]}`;
}

/** As the original program wrote it: `100.00TiB`, `1001GiB` or `0`, with two decimals up to a thousand. */
export function originalCapacity(quantity: string | undefined): string {
  const { value, power } = amountOf(quantity ?? '0');
  if (value === 0) return '0';
  const unit = power === 0 ? 'B' : `${letters[power]}iB`;
  return `${power === 0 || value >= 1000 ? Math.round(value) : value.toFixed(2)}${unit}`;
}

function amountOf(quantity: string): Amount {
  let value = Number(parseQuantity(quantity) / nano);
  let power = 0;
  for (; value >= 1024 && power < letters.length - 1; power += 1) value /= 1024;
  return { value, power };
}
