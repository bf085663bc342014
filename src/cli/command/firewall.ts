import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, NODE } from '../options.ts';
import { describeFirewall, printJson, print, STDOUT, styleFor } from '../output/index.ts';
import { resolveNode } from '../resolve.ts';

export const command = define({
  name: 'firewall',
  purpose: "Show a node's firewall in words, with its counters.",
  details:
    'Each rule as it was written, with the packets and bytes that it was about since it was put there, in the order in ' +
    'which they count. To change a firewall, edit the topology file and bring it up: connections that there are stay. ' +
    'Of a node without one it says so, which is no failure: with --json, `policy` is null.',
  examples: [
    ['netwright firewall shop.fw', ''],
    ['watch -d netwright firewall shop.fw', 'which rule is it that my packets meet?'],
    [
      "netwright firewall shop.fw --json | jq '.input.rules[] | select(.packets == 0).words'",
      'rules that nothing has met',
    ],
  ],
  exits: [EXIT.failed, EXIT.lacking],
})
  .argument('<node>', NODE)
  .addOption(jsonOption())
  .action(async (argument: string, { json = false }: { readonly json?: boolean }) => {
    const namespace = await resolveNode(argument);
    const { readFirewall } = await import('../../lab/index.ts');
    const firewall = readFirewall(namespace);
    if (json) printJson({ namespace, policy: null, ...firewall });
    else print(describeFirewall(namespace, firewall, styleFor(STDOUT)));
  });
