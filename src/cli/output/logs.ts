import type { LogLine } from '../../lab/index.ts';
import { ONLY_SERVICE } from '../../model/index.ts';
import { print } from './print.ts';
import type { Style } from './style.ts';

export interface LogPrinterOptions {
  /** Each line as a JSON document of its own. */
  readonly json: boolean;
  readonly style: Style;
}

/** Prints lines of logs, each after whose it is: a colour for each service, in the order in which they come. */
export function logPrinter({ json, style }: LogPrinterOptions): (line: LogLine) => void {
  if (json) return (line) => print(`${JSON.stringify(line)}\n`);
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
    print(`${prefix}${' '.repeat(width - name.length)} ${style.dim('|')} ${line}\n`);
  };
}
