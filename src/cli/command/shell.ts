import { basename } from 'node:path';
import { define } from '../define.ts';
import { enterNode } from '../enter.ts';
import { requirePrivilege } from '../../proc/index.ts';
import { EXIT } from '../exit.ts';
import { say, STDERR, styleFor } from '../output/index.ts';
import { NODE } from '../options.ts';
import { resolveNode } from '../resolve.ts';

export const command = define({
  name: 'shell',
  purpose: 'Open a shell in a node.',
  details: 'Runs $SHELL, or /bin/sh. The variable NETWRIGHT_NODE has the name of the node, for prompts and scripts.',
  examples: [
    ['netwright shell shop.laptop', ''],
    ['netwright shell laptop', 'when one lab is up'],
  ],
  exits: [EXIT.failed, EXIT.lacking],
  exitNote: 'the exit status of the shell',
})
  .usage('NODE')
  .argument('<node>', NODE)
  .action(async (node: string) => {
    const namespace = await resolveNode(node);
    requirePrivilege(`entering ${namespace}`);
    const shell = process.env['SHELL'] || '/bin/sh';
    const environment = { ...process.env, NETWRIGHT_NODE: namespace, ...promptFor(shell, namespace) };
    const { dim, bold } = styleFor(STDERR);
    say(`${dim('in')} ${bold(namespace)}${dim('; `exit` or Ctrl-D leaves')}\n`);
    return enterNode(namespace, shell, [], environment);
  });

/** Environment variables that add the node's name to the shell's prompt, for shells that take it from there. */
function promptFor(shell: string, namespace: string): NodeJS.ProcessEnv {
  switch (basename(shell)) {
    case 'bash': {
      // bash sets PS1 at its start: PROMPT_COMMAND changes it before the first prompt.
      const original = process.env['PROMPT_COMMAND'] ?? '';
      const restore = original === '' ? 'unset PROMPT_COMMAND' : `PROMPT_COMMAND=${quoted(original)}; ${original}`;
      return { PROMPT_COMMAND: `PS1="(${namespace}) \${PS1-}"; ${restore}` };
    }
    case 'sh':
    case 'dash':
    case 'ash':
    case 'ksh':
      return { PS1: `(${namespace}) ${process.getuid?.() === 0 ? '#' : '$'} ` };
    default:
      return {};
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
