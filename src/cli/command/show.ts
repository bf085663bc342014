import { print, printJson, describeLab, STDOUT, styleFor } from '../output/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, LAB, setOption, type SetOption } from '../options.ts';
import { requireLab, resolveLab } from '../resolve.ts';

interface Options extends SetOption {
  readonly json?: boolean;
  readonly rules?: boolean;
}

export const command = define({
  name: 'show',
  purpose: 'Show the state of a lab in the kernel.',
  details:
    'For every namespace: interfaces and their peers, addresses, routes of all tables, a summary of firewall, NAT, published ' +
    'ports and uplinks, and the running programs.',
  examples: [
    ['netwright show', 'the only lab that is up'],
    ['netwright show shop | less', ''],
    ['netwright show shop --rules', 'with all nftables rules'],
    ["netwright show shop --json | jq '.nodes[] | {name, interfaces}'", ''],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .option('--rules', 'list all nftables rules instead of a summary')
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { json = false, rules = false, ...fileOptions }: Options) => {
    const lab = await resolveLab(argument, fileOptions);
    requireLab(lab);
    const { view } = await import('../../lab/index.ts');
    const data = view(lab);
    if (json) printJson(data);
    else print(describeLab(data, styleFor(STDOUT), { rules }));
  });
