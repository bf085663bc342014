import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, NODE } from '../options.ts';
import { printJson, describeNat, print, STDOUT, styleFor } from '../output/index.ts';
import { resolveNode } from '../resolve.ts';

export const command = define({
  name: 'nat',
  purpose: 'Show how a node translates addresses, and what it translates now.',
  details:
    'What its `nat` says, every word of it, whatever preset it was; then, from the kernel, each inside endpoint with the ' +
    'outside one that it has and how long it keeps it, and the connections through it: → begun inside, ← begun outside. ' +
    'Of a node that translates nothing it says so, which is no failure: with --json, `policy` is null.',
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
    const { natOf } = await import('../../lab/index.ts');
    const view = natOf(namespace);
    if (json) printJson({ namespace, policy: null, ...view });
    else print(describeNat(namespace, view, styleFor(STDOUT)));
  });
