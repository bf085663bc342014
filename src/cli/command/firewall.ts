import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, NODE } from '../options.ts';
import { describeFirewall } from '../output/firewall.ts';
import { printJson } from '../output/json.ts';
import { print } from '../output/print.ts';
import { STDOUT, styleFor } from '../output/style.ts';
import { resolveNode } from '../resolve.ts';

export const command = define({
  name: 'firewall',
  purpose: "Show a node's firewall policy with its counters.",
  details:
    'Prints each rule as written in the file, with the packets and bytes that it has matched, in order of evaluation. To ' +
    'change a firewall, edit the topology file and run `netwright up`: open connections continue. A node without a ' +
    'firewall is not an error: with --json, `policy` is null.',
  examples: [
    ['netwright firewall shop.fw', ''],
    ['watch -d netwright firewall shop.fw', 'watch which rule matches your packets'],
    [
      "netwright firewall shop.fw --json | jq '.input.rules[] | select(.packets == 0).words'",
      'rules that have matched nothing',
    ],
  ],
  exits: [EXIT.failed, EXIT.lacking],
})
  .argument('<node>', NODE)
  .addOption(jsonOption())
  .action(async (argument: string, { json = false }: { readonly json?: boolean }) => {
    const namespace = await resolveNode(argument);
    const { readFirewall } = await import('../../lab/firewall.ts');
    const firewall = readFirewall(namespace);
    if (json) printJson({ namespace, policy: null, ...firewall });
    else print(describeFirewall(namespace, firewall, styleFor(STDOUT)));
  });
