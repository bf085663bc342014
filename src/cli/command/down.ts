import { print } from '../output/print.ts';
import type { DownResult } from '../../lab/index.ts';
import { UsageError } from '../../base/error.ts';
import { didYouMean } from '../../base/text.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { labNames } from '../names.ts';
import { jsonOption, setOption, type SetOption, waitOption } from '../options.ts';
import { describeDown } from '../output/down.ts';
import { printJson } from '../output/json.ts';
import { STDOUT, styleFor } from '../output/style.ts';
import { resolveLab } from '../resolve.ts';
import { report } from '../report.ts';

interface Options extends SetOption {
  readonly all?: boolean;
  readonly wait: number;
  readonly json?: boolean;
}

export const command = define({
  name: 'down',
  purpose: 'Remove labs, with whatever runs in them.',
  details:
    "Whole or half-made, what is the lab's goes: programs, namespaces, and what it put on the host. Nothing else.",
  examples: [
    ['netwright down shop', ''],
    ['netwright down shop.yaml', 'the lab of that file'],
    ['netwright down --all', 'every lab on this machine'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking, EXIT.locked],
})
  .argument('[lab|file...]', 'the labs to remove')
  .option('-a, --all', 'remove every lab')
  .addOption(waitOption())
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (args: readonly string[], { all = false, wait, json = false, ...given }: Options) => {
    if (all === args.length > 0) throw new UsageError('say which labs to remove, or --all; see `netwright ls`');
    const known = labNames();
    const labs = all ? known : [...new Set(await Promise.all(args.map((argument) => resolveLab(argument, given))))];
    const { down } = await import('../../lab/down.ts');
    const results: DownResult[] = [];
    // What can be removed is, whatever becomes of the others.
    for (const lab of labs) {
      try {
        const result = await down(lab, { wait });
        results.push(result);
        if (!json) print(describeDown(result, didYouMean(lab, known), styleFor(STDOUT)));
      } catch (error) {
        process.exitCode = report(error, { json });
      }
    }
    if (json) printJson({ labs: results });
    else if (labs.length === 0) print('nothing to remove: no lab is up\n');
  });
