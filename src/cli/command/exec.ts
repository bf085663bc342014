import type { Command } from 'commander';
import { UsageError } from '../../base/error.ts';
import { define } from '../define.ts';
import { enterNode } from '../enter.ts';
import { EXIT } from '../exit.ts';
import { NODE } from '../options.ts';
import { resolveNode } from '../resolve.ts';

export const command = define({
  name: 'exec',
  purpose: 'Run a program in a node.',
  details:
    "The program takes this one's place: its exit status, signals, terminal and descriptors are as without Netwright. It " +
    "sees the interfaces, routes and firewall of the node, the node's host name, /etc/hosts and /etc/resolv.conf, and all " +
    'other files as they are.',
  examples: [
    ['netwright exec shop.laptop ping -c1 web', 'nodes know each other by name'],
    ['netwright exec laptop -- curl -s http://web', 'LAB may be left out when one lab is up'],
    ['netwright exec shop tcpdump -i lan', "a lab's name is the namespace of its bridges"],
    ['netwright exec shop.web sh -c "ip a; ip r"', ''],
  ],
  exits: [EXIT.failed, EXIT.lacking],
  exitNote: "once it runs, the program's own; 127 when there is no such program, 126 when it is not executable",
})
  .usage('NODE [--] PROGRAM [ARGUMENTS]')
  .argument('<node>', NODE)
  .argument('<program>', 'looked for in PATH')
  .argument('[arguments...]', 'passed on as they are')
  .passThroughOptions()
  .action(async (node: string, program: string, args: string[], _options: object, exec: Command) => {
    // Options end at the node; what looks like one after it is a program's only when `--` says so.
    if (program.startsWith('-') && !process.argv.includes('--')) {
      if (program === '--help' || program === '-h') return exec.outputHelp();
      throw new UsageError(`unknown option "${program}" before the program; see \`netwright exec --help\``);
    }
    if (program === '--' && args.length === 0)
      throw new UsageError('there is no program after `--`; see `netwright exec --help`');
    enterNode(await resolveNode(node), program, args);
  });
