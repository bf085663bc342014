import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, LAB, setOption, type SetOption } from '../options.ts';
import { printJson, print, describeProcesses, STDOUT, styleFor } from '../output/index.ts';
import { requireLab, resolveLab } from '../resolve.ts';

export const command = define({
  name: 'ps',
  purpose: 'List the services of a lab, and what else runs in it.',
  details:
    'As the kernel has them: whether each runs, since when, and whether it is ready. A service that has ended is started ' +
    'by `netwright up`, or by `netwright restart`.',
  examples: [
    ['netwright ps', 'of the lab that is up'],
    ["netwright ps shop --json | jq '.services[] | select(.ready | not)'", 'what cannot be used'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { json = false, ...given }: SetOption & { readonly json?: boolean }) => {
    const lab = await resolveLab(argument, given);
    requireLab(lab);
    const { processes } = await import('../../lab/index.ts');
    const found = await processes(lab);
    if (json) printJson({ lab, ...found });
    else print(describeProcesses(lab, found, styleFor(STDOUT)));
  });
