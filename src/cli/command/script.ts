import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { printDocument } from '../output/index.ts';
import { setOption, type SetOption } from '../options.ts';
import { loadTopologyFile } from '../topology-file.ts';

export const command = define({
  name: 'script',
  purpose: 'Print a lab as a shell script.',
  details:
    'The whole lab as commands of ip, bridge, nft and sysctl, with comments: to learn from, or to build the lab without ' +
    'Netwright. With the argument `down` the script removes the lab. Printing it does not need root.',
  examples: [
    ['netwright script shop.yaml', ''],
    ['netwright script shop.yaml > shop.sh && sudo sh shop.sh', 'build it without Netwright'],
    ['sudo netwright plan shop.yaml --foreign', 'compare the result with the file'],
    ['sudo sh shop.sh down', 'remove it'],
  ],
  exits: [EXIT.topology],
})
  .argument('<file>', 'the topology file, YAML or JSON; - is standard input')
  .addOption(setOption())
  .action(async (file: string, { set }: SetOption) => {
    const topology = await loadTopologyFile(file, set);
    const { compileForHost } = await import('../../store/index.ts');
    const { plan, renderScript } = await import('../../plan/index.ts');
    const { lab, state } = compileForHost(topology).compiled;
    printDocument(renderScript(plan(state, { namespaces: {} }), { lab }));
  });
