import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, LAB, setOption, type SetOption } from '../options.ts';
import { printJson, print, describeProcesses, STDOUT, styleFor } from '../output/index.ts';
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
  .action(
    async (argument: string | undefined, { json = false, ...fileOptions }: SetOption & { readonly json?: boolean }) => {
      const lab = await resolveLab(argument, fileOptions);
      requireLab(lab);
      const { processes } = await import('../../lab/index.ts');
      const data = await processes(lab);
      if (json) printJson({ lab, ...data });
      else print(describeProcesses(lab, data, styleFor(STDOUT)));
    },
  );
