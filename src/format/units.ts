import { FormatError } from './format-error.ts';

/** A kind of quantity: its name, an example, and the factors of its units. */
interface Quantity {
  readonly name: string;
  readonly example: string;
  readonly units: Readonly<Record<string, number>>;
}

const DURATION: Quantity = {
  name: 'duration',
  example: '20ms',
  units: { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
};
const PERCENTAGE: Quantity = { name: 'percentage', example: '0.1%', units: { '%': 1 } };
const RATE: Quantity = { name: 'rate', example: '10mbit', units: { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 } };
const SIZE: Quantity = { name: 'size', example: '64kB', units: { B: 1, kB: 1e3, MB: 1e6, KiB: 1024, MiB: 1024 ** 2 } };

/** Parses `20ms` or `1.5s` to milliseconds. @throws FormatError */
export const parseDuration = (text: string): number => parseQuantity(text, DURATION);

/** Parses `0.1%` to 0.1. The maximum is 100%. @throws FormatError */
export function parsePercentage(text: string): number {
  const value = parseQuantity(text, PERCENTAGE);
  if (value > 100) throw new FormatError(`"${text}" is more than 100%`);
  return value;
}

/** Parses `10mbit` to bits per second. @throws FormatError */
export const parseRate = (text: string): number => parseQuantity(text, RATE);

/** Parses `64kB` to bytes. @throws FormatError */
export const parseSize = (text: string): number => parseQuantity(text, SIZE);

function parseQuantity(text: string, { name, example, units }: Quantity): number {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?([a-z%]*)$/i.exec(text);
  const names = Object.keys(units).join(', ');
  if (match === null) throw new FormatError(`"${text}" is not a ${name}, such as ${example}`);
  const [, number, unit] = match;
  if (unit === '') throw new FormatError(`"${text}" has no unit: use one of ${names}, such as ${example}`);
  const factor = Object.hasOwn(units, unit!) ? units[unit!] : undefined;
  if (factor === undefined)
    throw new FormatError(`"${text}" has an unknown unit: use one of ${names}, such as ${example}`);
  return Number(number) * factor;
}
