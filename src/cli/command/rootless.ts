import { say } from '../output/index.ts';
import type { Command } from 'commander';
import { NetwrightError, UsageError } from '../../base/error.ts';
import { inWorld, enterWorld } from '../../rootless/index.ts';
import { become } from '../../netns/index.ts';
import { define } from '../define.ts';
import { notRun } from '../enter.ts';
import { EXIT } from '../exit.ts';

export const command = define({
  name: 'rootless',
  purpose: 'Run a program as root of a user namespace of your own.',
  details:
    'The program, and all that it starts, can make labs and change networks as root can, on files and processes of yours ' +
    "and on networks that are not the machine's. Its exit status, signals, input, output and terminal are as without " +
    'Netwright. It runs where `netwright up` and the other commands keep the labs of users without root: each finds what ' +
    'the other made. Without a program it is your shell.\n\n' +
    'With pasta or slirp4netns installed it reaches the network of this machine, and so do nodes with `internet`.',
  examples: [
    ['netwright rootless -- npx vitest', 'tests that bring labs up'],
    ['netwright rootless -- ip netns exec shop.web ip route', "other programs, on `netwright up`'s labs"],
    ['netwright rootless', 'a shell in which you are root'],
  ],
  exits: [EXIT.lacking],
  exitNote: "once it runs, the program's own; 127 when there is no such program, 126 when it is not executable",
})
  .usage('[--] [PROGRAM] [ARGUMENTS]')
  .argument('[program]', 'looked for in PATH; $SHELL when absent')
  .argument('[arguments...]', 'passed on as they are')
  .passThroughOptions()
  .action((program: string | undefined, args: string[], _options: object, rootless: Command) => {
    // Options end at the program; what looks like one in its place is one only when `--` says so.
    if (program?.startsWith('-') === true && !process.argv.includes('--')) {
      throw new UsageError(`unknown option "${program}"; see \`${rootless.name()} --help\``);
    }
    const name = program ?? (process.env['SHELL'] || '/bin/sh');
    if (!inWorld()) return enterWorld(['rootless', '--', name, ...args], { say, endAfter: true });
    try {
      return become(name, args, process.env);
    } catch (error) {
      throw error instanceof NetwrightError ? notRun(error, name) : error;
    }
  });
