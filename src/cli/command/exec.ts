import type { Command } from 'commander';
import { UsageError } from '../../base/index.ts';
import { define } from '../define.ts';
import { enterNode } from '../enter.ts';
import { EXIT } from '../exit.ts';
import { parseInvocation } from '../invocation.ts';
import { NODE } from '../options.ts';
import { resolveNode } from '../resolve.ts';

export const command = define({
  name: 'exec',
  purpose: 'Run a program in a node.',
  details:
    'Netwright replaces itself with the program, so exit status, signals, terminal and descriptors work as usual. The program ' +
    "has the interfaces, routes and firewall of the node, the node's host name, /etc/hosts and /etc/resolv.conf; all other " +
    'files are those of the host.',
  examples: [
    ['netwright exec shop.laptop ping -c1 web', "nodes resolve each other's names"],
    ['netwright exec laptop -- curl -s http://web', 'LAB may be left out when one lab is up'],
    ['netwright exec shop tcpdump -i lan', "a lab's name is the namespace of its bridges"],
    ['netwright exec shop.web sh -c "ip a; ip r"', ''],
  ],
  exits: [EXIT.failed, EXIT.lacking],
  exitNote: "the program's exit status; 127 if the program does not exist, 126 if it cannot be executed",
})
  .usage('NODE [--] PROGRAM [ARGUMENTS]')
  .argument('<node>', NODE)
  .argument('<program>', 'searched in PATH')
  .argument('[arguments...]', 'passed to the program unchanged')
  .passThroughOptions()
  .action(async (...[node, program, args, , exec]: [string, string, string[], object, Command]) => {
    const invocation = parseInvocation([node, program, ...args]);
    if (invocation !== undefined) return enterNode(await resolveNode(node), invocation.command, invocation.args);
    if (program === '--help' || program === '-h') return exec.outputHelp();
    if (program === '--') throw new UsageError("missing required argument 'program'; see `netwright exec --help`");
    throw new UsageError(`unknown option "${program}" before the program; see \`netwright exec --help\``);
  });
