import { isatty } from 'node:tty';
import { InvalidArgumentError } from 'commander';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { untilInterrupted } from '../interrupted.ts';
import { jsonOption, LAB, setOption, type SetOption } from '../options.ts';
import { logPrinter, say, STDOUT, styleFor } from '../output/index.ts';
import { requireLab, resolveLab, resolveServices, type ServiceChoice } from '../resolve.ts';

interface Options extends SetOption {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly json?: boolean;
  readonly raw?: boolean;
}

export const command = define({
  name: 'logs',
  purpose: 'Print what services have printed.',
  details:
    'Both streams, since the start before the last, one service after the other; each line after whose it is. With ' +
    '--follow also what they print from now on, until Ctrl-C or until the lab is taken down.\n\n' +
    'On a terminal colours stay, and other control characters are written out, as \\x07. A file or a pipe gets what was ' +
    'printed as it is.',
  examples: [
    ['netwright logs', 'of all services of the lab that is up'],
    ['netwright logs -f shop.web', 'of one node, as it comes'],
    ['netwright logs shop.db/postgres --tail 20', 'of one of several services'],
    ['netwright logs shop.web > web.log', 'as it was printed, each line after whose it is'],
    ["netwright logs --json | jq -r '.line'", 'one JSON document a line: node, service, line'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|node|node/service...]', LAB)
  .option('-f, --follow', 'go on with what comes')
  .option('-n, --tail <lines>', 'of each service no more than the last lines', lines)
  .option('--raw', 'to a terminal, too, what was printed as it is: it may move the cursor, or set the title')
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (args: readonly string[], { follow = false, tail, json = false, raw = false, ...given }: Options) => {
    const choices: ServiceChoice[] =
      args.length === 0
        ? [{ lab: await resolveLab(undefined) }]
        : await Promise.all(args.map((argument) => resolveServices(argument, given)));
    for (const { lab } of choices) requireLab(lab);
    const { followLogs, logs } = await import('../../lab/index.ts');
    const whole = raw || !isatty(STDOUT);
    const onLine = logPrinter({ json, whole, style: styleFor(STDOUT) });
    const options = tail === undefined ? {} : { tail };
    if (!follow) {
      const printed = choices.flatMap(({ lab, ...choice }) => logs(lab, { ...choice, ...options }));
      if (printed.length === 0) say('no service has printed anything; `netwright ps` lists them\n');
      return printed.forEach(onLine);
    }
    const signal = untilInterrupted();
    await Promise.all(choices.map(({ lab, ...choice }) => followLogs(lab, { ...choice, ...options, onLine, signal })));
  });

function lines(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a number of lines, such as 20.');
  return Number(text);
}
