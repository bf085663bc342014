import { say } from '../output/index.ts';
import type { Command } from 'commander';
import { NetwrightError, UsageError } from '../../base/index.ts';
import { isRootless, enterUserNamespace } from '../../rootless/index.ts';
import { become } from '../../netns/index.ts';
import { define } from '../define.ts';
import { cannotRun } from '../enter.ts';
import { EXIT } from '../exit.ts';

export const command = define({
  name: 'rootless',
  purpose: 'Run a program as root of your user namespace.',
  details:
    'The program and its children can create labs and change networks like root, with your own files and processes, and ' +
    "without access to the machine's networks. Netwright replaces itself with the program, so exit status, signals, input, " +
    'output and terminal work as usual. It runs in the same user namespace as labs of `netwright up` without root: each ' +
    'sees the labs of the other. Without a program, runs your shell.\n\n' +
    'With pasta or slirp4netns installed, the program and nodes with `internet` reach the network of this machine.',
  examples: [
    ['netwright rootless -- npx vitest', 'tests that create labs'],
    ['netwright rootless -- ip netns exec shop.web ip route', 'other programs, with labs of `netwright up`'],
    ['netwright rootless', 'a root shell'],
  ],
  exits: [EXIT.lacking],
  exitNote: "the program's exit status; 127 if the program does not exist, 126 if it cannot be executed",
})
  .usage('[--] [PROGRAM] [ARGUMENTS]')
  .argument('[program]', 'searched in PATH; default $SHELL')
  .argument('[arguments...]', 'passed to the program unchanged')
  .passThroughOptions()
  .action((program: string | undefined, args: string[], _options: object, rootless: Command) => {
    // A program's name can begin with "-" only after `--`; otherwise it is an unknown option.
    if (program?.startsWith('-') === true && !process.argv.includes('--')) {
      throw new UsageError(`unknown option "${program}"; see \`${rootless.name()} --help\``);
    }
    const name = program ?? (process.env['SHELL'] || '/bin/sh');
    if (!isRootless()) return enterUserNamespace(['rootless', '--', name, ...args], { say, endAfter: true });
    try {
      return become(name, args, process.env);
    } catch (error) {
      throw error instanceof NetwrightError ? cannotRun(error, name) : error;
    }
  });
