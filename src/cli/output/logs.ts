import { printable } from '../../base/index.ts';
import type { LogLine } from '../../lab/index.ts';
import { ONLY_SERVICE } from '../../state/index.ts';
import { printJsonLine } from './json.ts';
import { printRaw } from './print.ts';
import { PLAIN, sanitized, type Style } from './style.ts';

export interface LogPrinterOptions {
  /** Each line as a JSON document of its own. */
  readonly json: boolean;
  /** What was printed as it is, whatever it does to a terminal. */
  readonly whole: boolean;
  readonly style: Style;
}

/** Prints lines of logs, each after whose it is: a colour for each service, in the order in which they come. */
export function logPrinter({ json, whole, style }: LogPrinterOptions): (line: LogLine) => void {
  if (json) return printJsonLine;
  const colours = [style.cyan, style.yellow, style.green, style.magenta, style.blue];
  const prefixes = new Map<string, string>();
  let width = 0;
  return ({ node, service, line }) => {
    const name = service === ONLY_SERVICE ? node : `${node}/${service}`;
    width = Math.max(width, name.length);
    let prefix = prefixes.get(name);
    if (prefix === undefined) {
      prefix = colours[prefixes.size % colours.length]!(name);
      prefixes.set(name, prefix);
    }
    const before = sanitized(`${prefix}${' '.repeat(width - name.length)} ${style.dim('|')} `);
    printRaw(`${before}${whole ? line : withoutControls(line, style !== PLAIN)}\n`);
  };
}

// eslint-disable-next-line no-control-regex
const SGR = /\u001b\[([\d;:]{0,60})m/g;
/** Colours by number or by parts, whose numbers are none of SGR's own. */
const EXTENDED = /\b[345]8[;:](?:5[;:]\d*|2(?:[;:]\d*){3,4})/g;

/** Whether SGR's parameters hide what follows (8, concealed). */
const hides = (parameters: string): boolean => /\b0*8\b/.test(parameters.replace(EXTENDED, ''));

/**
 * A line of a program's with its colours, bold and the like (SGR; ECMA-48, 8.3.117), if they are wanted, up to its end,
 * and nothing else that a terminal acts on.
 */
export function withoutControls(line: string, coloured: boolean): string {
  const parts = line.replace(/\r$/, '').split(SGR);
  const kept = parts.map((part, i) => {
    if (i % 2 === 0) return printable(part);
    return coloured && !hides(part) ? `\u001b[${part}m` : '';
  });
  return `${kept.join('')}${coloured && parts.length > 1 ? '\u001b[0m' : ''}`;
}
