import { print } from '../output/print.ts';
import { basename } from 'node:path';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { interruptible } from '../interrupted.ts';
import { jsonOption, waitOption } from '../options.ts';
import { printJson } from '../output/json.ts';
import { Progress } from '../output/progress.ts';
import { STDERR, STDOUT, styleFor } from '../output/style.ts';
import { describeUp, upData } from '../output/up.ts';
import { describe, explain, render, type Operation } from '../../plan/index.ts';
import { readTopologyFile } from '../topology-file.ts';

interface Options {
  readonly wait: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly explain?: boolean;
}

export const command = define({
  name: 'up',
  purpose: 'Bring the lab of a topology file up.',
  details:
    'Makes what is missing and changes what differs, and does nothing when all is as the file says. When a step of a ' +
    'new lab fails, or Ctrl-C is pressed, what was made is removed again.',
  examples: [
    ['netwright up shop.yaml', 'build it, or bring it up to date'],
    ['netwright up shop.yaml --wait 10', 'wait while another process is at it'],
    ['netwright up shop.yaml --explain', 'see each step as commands of ip, bridge, nft and sysctl, as it is done'],
    ['generate | netwright up -', 'the file comes from standard input'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking, EXIT.locked, EXIT.taken, EXIT.interrupted],
})
  .argument('<file>', 'the topology file, YAML or JSON; - is standard input')
  .addOption(waitOption())
  .addOption(jsonOption())
  .option('-q, --quiet', 'print nothing but warnings and errors')
  .option('--explain', 'print each step, why, and the commands that do the same, as it is done')
  .action(async (file: string, { wait, json = false, quiet = false, explain = false }: Options) => {
    const text = readTopologyFile(file);
    const { up } = await import('../../lab/up.ts');
    const progress = new Progress(`bringing ${basename(file)} up`);
    const onProgress = json || quiet || explain ? {} : { onProgress: progress.update.bind(progress) };
    const onOperation = explain ? { onOperation: explainer() } : {};
    const result = await interruptible((signal) =>
      up({ file, text }, { wait, signal, ...onProgress, ...onOperation }),
    ).finally(() => progress.clear());
    if (json) return printJson(upData(result));
    const warning = styleFor(STDERR).yellow('warning:');
    for (const message of result.warnings) process.stderr.write(`${warning} ${message}\n`);
    if (!quiet) print(describeUp(result, styleFor(STDOUT)));
  });

/** Prints operations as they are done. With --json, on standard error: the one document is what standard output gets. */
function explainer(): (operation: Operation) => void {
  const style = styleFor(STDERR);
  return (operation) => {
    process.stderr.write(
      `${style.dim(`# ${describe(operation)}. ${explain(operation)}`)}\n${render(operation).join('\n')}\n`,
    );
  };
}
