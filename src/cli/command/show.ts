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
  purpose: 'Show what a lab is made of, as the kernel has it.',
  details:
    'Every namespace with its interfaces, where each cable leads, addresses, routes of all tables, firewall, NAT, published ' +
    'ports and ways out in words, and the programs that run there.',
  examples: [
    ['netwright show', 'the lab that is up'],
    ['netwright show shop | less', ''],
    ['netwright show shop --rules', 'with all rules of nftables'],
    ["netwright show shop --json | jq '.nodes[] | {name, interfaces}'", ''],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .option('--rules', 'every nftables rule, those too that are otherwise told in words')
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { json = false, rules = false, ...given }: Options) => {
    const lab = await resolveLab(argument, given);
    requireLab(lab);
    const { view } = await import('../../lab/index.ts');
    const { requirePrivilege } = await import('../../proc/index.ts');
    requirePrivilege(`looking into lab "${lab}"`);
    const data = view(lab);
    if (json) printJson(data);
    else print(describeLab(data, styleFor(STDOUT), { rules }));
  });
