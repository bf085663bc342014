import type { Operation } from '../../plan/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { untilInterrupted } from '../interrupted.ts';
import { jsonOption, LAB, setOption, type SetOption } from '../options.ts';
import { printJsonLine, operationData, operationLine, print, say, STDERR, STDOUT, styleFor } from '../output/index.ts';
import { requireLab, resolveLab } from '../resolve.ts';

interface Options extends SetOption {
  readonly json?: boolean;
  readonly repair?: boolean;
}

export const command = define({
  name: 'watch',
  purpose: 'Report changes of a lab as they happen.',
  details:
    'Each line is a step that would repair the lab: + adds what is missing, ~ changes what differs, - removes what does not ' +
    'belong to it. Ends when the lab is removed, or on Ctrl-C. Interfaces and routes that programs in the nodes add are ' +
    'ignored.',
  examples: [
    ['netwright watch shop', 'in one terminal; then `ip -n shop.web link set eth0 down` in another'],
    ['netwright watch shop --repair', 'and repair it at once'],
    ["netwright watch shop --json | jq -r '.operations[].words'", 'one JSON document a line'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking, EXIT.taken],
})
  .argument('[lab|file]', LAB)
  .option('--repair', 'carry out the steps')
  .addOption(setOption())
  .addOption(jsonOption().default(undefined))
  .action(async (argument: string | undefined, { json = false, repair = false, ...fileOptions }: Options) => {
    const lab = await resolveLab(argument, fileOptions);
    requireLab(lab);
    const { watch } = await import('../../lab/index.ts');
    const style = styleFor(STDOUT);
    const report = (event: string, operations: readonly Operation[], format: (line: string) => string): void => {
      if (json) printJsonLine({ event, operations: operations.map(operationData) });
      else for (const operation of operations) print(`${time()} ${format(operationLine(operation, style))}\n`);
    };
    const end = await watch(lab, {
      repair,
      signal: untilInterrupted(),
      onReady: () => {
        if (!json) say(styleFor(STDERR).dim(`watching ${lab}; press Ctrl-C to end\n`));
      },
      onDrift: (operations) => report('drift', operations, (line) => line),
      onRepaired: ({ operations, by }) =>
        report(by === 'watch' ? 'repaired' : 'mended', operations, (line) =>
          style.dim(`${by === 'watch' ? 'done' : 'mended'}: ${line}`),
        ),
    });
    if (end === 'gone' && !json) print(`${lab} was removed\n`);
  });

const time = (): string => new Date().toTimeString().slice(0, 8);
