import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, LAB, setOption, type SetOption } from '../options.ts';
import { printJson } from '../output/json.ts';
import { print } from '../output/print.ts';
import { describeProcesses } from '../output/ps.ts';
import { STDOUT, styleFor } from '../output/style.ts';
import { requireLab, resolveLab } from '../resolve.ts';

export const command = define({
  name: 'ps',
  purpose: 'List the services and other processes of a lab.',
  details:
    'Whether each service runs, since when, and whether it is ready. To start a service that has ended, use ' +
    '`netwright up` or `netwright restart`.',
  examples: [
    ['netwright ps', 'the only lab that is up'],
    ["netwright ps shop --json | jq '.services[] | select(.ready | not)'", 'services that are not ready'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { json = false, ...given }: SetOption & { readonly json?: boolean }) => {
    const lab = await resolveLab(argument, given);
    requireLab(lab);
    const { processes } = await import('../../lab/services.ts');
    const found = await processes(lab);
    if (json) printJson({ lab, ...found });
    else print(describeProcesses(lab, found, styleFor(STDOUT)));
  });
