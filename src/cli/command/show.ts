import { print } from '../output/print.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, LAB, setOption, type SetOption } from '../options.ts';
import { printJson } from '../output/json.ts';
import { describeLab } from '../output/show.ts';
import { showData } from '../output/show-data.ts';
import { STDOUT, styleFor } from '../output/style.ts';
import { requireLab, resolveLab } from '../resolve.ts';

export const command = define({
  name: 'show',
  purpose: 'Show what a lab is made of, as the kernel has it.',
  details:
    'Every namespace with its interfaces, where each cable leads, addresses, routes, firewall and NAT in words, and the ' +
    'programs that run there.',
  examples: [
    ['netwright show', 'the lab that is up'],
    ['netwright show shop | less', ''],
    ["netwright show shop --json | jq '.nodes[] | {name, interfaces}'", ''],
  ],
  exits: [EXIT.failed, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { json = false, ...given }: SetOption & { readonly json?: boolean }) => {
    const lab = await resolveLab(argument, given);
    requireLab(lab);
    const [{ view }, { requirePrivilege }] = await Promise.all([
      import('../../lab/view.ts'),
      import('../../lab/privilege.ts'),
    ]);
    requirePrivilege(`looking into lab "${lab}"`);
    const data = showData(view(lab));
    if (json) printJson(data);
    else print(describeLab(data, styleFor(STDOUT)));
  });
