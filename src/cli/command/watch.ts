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
  purpose: 'Tell what of a lab changes, as it happens.',
  details:
    'Each line is a step that would put things right: + something is missing, ~ something is different, - something is ' +
    'too much. Ends when the lab is taken down, or at Ctrl-C. What programs in the nodes do to interfaces and routes of ' +
    'their own is none of its business.',
  examples: [
    ['netwright watch shop', 'in one terminal; then `ip -n shop.web link set eth0 down` in another'],
    ['netwright watch shop --repair', 'and put it right at once'],
    ["netwright watch shop --json | jq -r '.operations[].words'", 'one JSON document a line'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking, EXIT.taken],
})
  .argument('[lab|file]', LAB)
  .option('--repair', 'carry the steps out')
  .addOption(setOption())
  .addOption(jsonOption().default(undefined))
  .action(async (argument: string | undefined, { json = false, repair = false, ...given }: Options) => {
    const lab = await resolveLab(argument, given);
    requireLab(lab);
    const { watch } = await import('../../lab/index.ts');
    const style = styleFor(STDOUT);
    const tellOf = (event: string, operations: readonly Operation[], words: (line: string) => string): void => {
      if (json) printJsonLine({ event, operations: operations.map(operationData) });
      else for (const operation of operations) print(`${time()} ${words(operationLine(operation, style))}\n`);
    };
    const end = await watch(lab, {
      repair,
      signal: untilInterrupted(),
      onReady: () => {
        if (!json) say(styleFor(STDERR).dim(`watching ${lab}; Ctrl-C ends\n`));
      },
      onDrift: (operations) => tellOf('drift', operations, (line) => line),
      onRepaired: ({ operations, by }) =>
        tellOf(by === 'watch' ? 'repaired' : 'mended', operations, (line) =>
          style.dim(`${by === 'watch' ? 'done' : 'mended'}: ${line}`),
        ),
    });
    if (end === 'gone' && !json) print(`${lab} was taken down\n`);
  });

const time = (): string => new Date().toTimeString().slice(0, 8);
