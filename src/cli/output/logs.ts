import { printable } from '../../base/index.ts';
import type { LogLine } from '../../lab/index.ts';
import { ONLY_SERVICE } from '../../state/index.ts';
import { printJsonLine } from './json.ts';
import { printRaw } from './print.ts';
import { PLAIN, sanitized, type Style } from './style.ts';

export interface LogPrinterOptions {
  /** Whether to print each line as a JSON document. */
  readonly json: boolean;
  /** Whether to print control characters unchanged, with their effect on a terminal. */
  readonly whole: boolean;
  readonly style: Style;
}

/** Returns a function that prints lines of logs, each with the name of its service, in one of five colours. */
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
/** Colours by index (38;5;N) or RGB (38;2;R;G;B): their numbers are not SGR parameters of their own. */
const EXTENDED = /\b[345]8[;:](?:5[;:]\d*|2(?:[;:]\d*){3,4})/g;

/** Whether SGR parameters conceal the text that follows (8). */
const hides = (parameters: string): boolean => /\b0*8\b/.test(parameters.replace(EXTENDED, ''));

/**
 * A line of a program's output without control characters. If `coloured`, colours, bold and the like remain (SGR;
 * ECMA-48, 8.3.117), and are reset at its end.
 */
export function withoutControls(line: string, coloured: boolean): string {
  const parts = line.replace(/\r$/, '').split(SGR);
  const kept = parts.map((part, i) => {
    if (i % 2 === 0) return printable(part);
    return coloured && !hides(part) ? `\u001b[${part}m` : '';
  });
  return `${kept.join('')}${coloured && parts.length > 1 ? '\u001b[0m' : ''}`;
}
