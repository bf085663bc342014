import { UsageError } from '../../base/index.ts';
import { namespaceName } from '../../state/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { interruptible } from '../interrupted.ts';
import { jsonOption, NODE, waitOption } from '../options.ts';
import { printJson, print, STDOUT, styleFor } from '../output/index.ts';
import { requireLab, resolveServices } from '../resolve.ts';

interface Options {
  readonly wait: number;
  readonly json?: boolean;
}

export const command = define({
  name: 'restart',
  purpose: 'Stop services of a node and start them again.',
  details:
    'Stops all processes of each service, starts it as defined when the lab was brought up, and waits until it is ready. ' +
    'Services that depend on it (`after`) keep running.',
  examples: [
    ['netwright restart shop.web', 'all services of a node'],
    ['netwright restart shop.db/postgres', 'one service of a node'],
    ['netwright restart web db', 'when one lab is up'],
  ],
  exits: [EXIT.failed, EXIT.lacking, EXIT.locked, EXIT.interrupted],
})
  .argument('<node|node/service...>', NODE)
  .addOption(waitOption())
  .addOption(jsonOption())
  .action(async (args: readonly string[], { wait, json = false }: Options) => {
    const { restart } = await import('../../lab/index.ts');
    const style = styleFor(STDOUT);
    const restarted: { lab: string; node: string; service: string }[] = [];
    for (const argument of args) {
      const { lab, node, service } = await resolveServices(argument);
      if (node === undefined) throw new UsageError(`"${argument}" is a lab; name a node: ${lab}.NODE`);
      requireLab(lab);
      const names = await interruptible((signal) => restart(lab, node, service, { wait, signal }));
      restarted.push(...names.map((name) => ({ lab, node, service: name })));
      const where = style.bold(namespaceName({ lab, node }));
      if (!json) print(names.map((name) => `restarted ${where}/${name}\n`).join(''));
    }
    if (json) printJson({ restarted });
  });
