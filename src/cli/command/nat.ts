import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, NODE } from '../options.ts';
import { printJson } from '../output/json.ts';
import { describeNat } from '../output/nat.ts';
import { print } from '../output/print.ts';
import { STDOUT, styleFor } from '../output/style.ts';
import { resolveNode } from '../resolve.ts';

export const command = define({
  name: 'nat',
  purpose: "Show a node's NAT policy and its current mappings.",
  details:
    'Prints all properties of the NAT, with those of the preset; then, from the kernel, each inside endpoint with its ' +
    'outside endpoint and remaining lifetime, and its connections: → from inside, ← from outside. A node without NAT is not ' +
    'an error: with --json, `policy` is null.',
  examples: [
    ['netwright nat shop.home', ''],
    ['netwright nat home', 'LAB may be left out when one lab is up'],
    ["netwright nat home --json | jq '.mappings[] | [.inside, .outside]'", ''],
    ['watch -n1 netwright nat home', 'mappings as they come and go'],
  ],
  exits: [EXIT.failed, EXIT.lacking],
})
  .argument('<node>', NODE)
  .addOption(jsonOption())
  .action(async (node: string, { json = false }: { readonly json?: boolean }) => {
    const namespace = await resolveNode(node);
    const { natOf } = await import('../../lab/nat.ts');
    const view = natOf(namespace);
    if (json) printJson({ namespace, policy: null, ...view });
    else print(describeNat(namespace, view, styleFor(STDOUT)));
  });
