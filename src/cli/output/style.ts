import { fstatSync, readlinkSync } from 'node:fs';
import { isatty } from 'node:tty';
import { printable } from '../../base/index.ts';

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
  readonly blue: Paint;
  readonly magenta: Paint;
}

/**
 * The mark of a style until it is printed. It is random for each process, so that text from other sources cannot
 * contain it: the printer thus recognises which escape sequences are Netwright's.
 */
const MARK = `\u001b${Math.random().toString(36).slice(2)}:`;
const MARKS = new RegExp(`${MARK}(\\d+)m`, 'g');

const paint =
  (on: number, off: number): Paint =>
  (text) =>
    text === '' ? '' : `${MARK}${on}m${text}${MARK}${off}m`;

/**
 * A text for a terminal: Netwright's styles become SGR sequences (ECMA-48, 8.3.117), and all control characters are
 * escaped.
 */
export const sanitized = (text: string): string =>
  text
    .split(MARKS)
    .map((part, i) => (i % 2 === 1 ? `\u001b[${part}m` : printable(part)))
    .join('');

const COLOURS: Style = {
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  cyan: paint(36, 39),
  blue: paint(34, 39),
  magenta: paint(35, 39),
};

const plain: Paint = (text) => text;
export const PLAIN: Style = {
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
  cyan: plain,
  blue: plain,
  magenta: plain,
};

/** Standard output and standard error, by descriptor. */
export const STDOUT = 1;
export const STDERR = 2;

/**
 * The style of a stream: colours on a terminal, unless NO_COLOR is set. FORCE_COLOR enables them everywhere, and
 * disables them if it is 0. Does not create Node's stream object, which would change the descriptor's flags: the
 * descriptor can be passed on to another program (`exec`).
 */
export function styleFor(stream: typeof STDOUT | typeof STDERR): Style {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM } = process.env;
  if (force !== undefined) return force === '0' || force === 'false' ? PLAIN : COLOURS;
  return !no && TERM !== 'dumb' && isTerminal(stream) ? COLOURS : PLAIN;
}

/**
 * As isatty(3). Uses Node's own, which loads half of its network library, only if the file's name is not sufficient.
 */
export function isTerminal(stream: number): boolean {
  try {
    if (!fstatSync(stream).isCharacterDevice()) return false;
    const name = readlinkSync(`/proc/self/fd/${stream}`);
    return /^\/dev\/pts\/\d+$/.test(name) || (name !== '/dev/null' && isatty(stream));
  } catch {
    return isatty(stream);
  }
}

/** The width of a text in columns. */
export const widthOf = (text: string): number => printable(text.replaceAll(MARKS, '')).length;

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
