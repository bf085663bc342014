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
  purpose: 'Print the output of services.',
  details:
    'Standard output and standard error since the last start but one, service by service, each line prefixed with its ' +
    'service. --follow also prints new output, until Ctrl-C or until the lab is removed.\n\n' +
    'On a terminal, colours are kept and other control characters are escaped, as \\x07. To a file or pipe, the output is ' +
    'unchanged.',
  examples: [
    ['netwright logs', 'all services of the only lab that is up'],
    ['netwright logs -f shop.web', 'follow one node'],
    ['netwright logs shop.db/postgres --tail 20', 'one service of a node'],
    ['netwright logs shop.web > web.log', 'unchanged output, with prefixes'],
    ["netwright logs --json | jq -r '.line'", 'one JSON document a line: node, service, line'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|node|node/service...]', LAB)
  .option('-f, --follow', 'print new output as it appears')
  .option('-n, --tail <lines>', 'print only the last lines of each service', lines)
  .option('--raw', 'do not escape control characters on a terminal: they may move the cursor or set the title')
  .addOption(setOption())
  .addOption(jsonOption())
  .action(
    async (args: readonly string[], { follow = false, tail, json = false, raw = false, ...fileOptions }: Options) => {
      const choices: ServiceChoice[] =
        args.length === 0
          ? [{ lab: await resolveLab(undefined) }]
          : await Promise.all(args.map((argument) => resolveServices(argument, fileOptions)));
      for (const { lab } of choices) requireLab(lab);
      const { followLogs, logs } = await import('../../lab/index.ts');
      const whole = raw || !isatty(STDOUT);
      const onLine = logPrinter({ json, whole, style: styleFor(STDOUT) });
      const options = tail === undefined ? {} : { tail };
      if (!follow) {
        const printed = choices.flatMap(({ lab, ...choice }) => logs(lab, { ...choice, ...options }));
        if (printed.length === 0) say('no service has printed anything; `netwright ps` lists services\n');
        return printed.forEach(onLine);
      }
      const signal = untilInterrupted();
      await Promise.all(
        choices.map(({ lab, ...choice }) => followLogs(lab, { ...choice, ...options, onLine, signal })),
      );
    },
  );

function lines(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a number of lines, such as 20.');
  return Number(text);
}
