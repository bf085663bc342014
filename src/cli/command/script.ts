import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { printDocument } from '../output/index.ts';
import { setOption, type SetOption } from '../options.ts';
import { loadTopologyFile } from '../topology-file.ts';

export const command = define({
  name: 'script',
  purpose: 'Print a lab as a shell script.',
  details:
    'The whole lab as commands of ip, bridge, nft and sysctl, each explained: to learn from, and to build the same where ' +
    'there is no Netwright. With the argument `down` the script removes what it makes. Needs no root to print.',
  examples: [
    ['netwright script shop.yaml', ''],
    ['netwright script shop.yaml > shop.sh && sudo sh shop.sh', 'build it without Netwright'],
    ['sudo netwright plan shop.yaml --foreign', 'is what it built as the file says?'],
    ['sudo sh shop.sh down', 'and remove it'],
  ],
  exits: [EXIT.topology],
})
  .argument('<file>', 'the topology file, YAML or JSON; - is standard input')
  .addOption(setOption())
  .action(async (file: string, { set }: SetOption) => {
    const topology = await loadTopologyFile(file, set);
    const { compileHere } = await import('../../store/index.ts');
    const { plan, renderScript } = await import('../../plan/index.ts');
    const { lab, state } = compileHere(topology).compiled;
    printDocument(renderScript(plan(state, { namespaces: {} }), { lab }));
  });
