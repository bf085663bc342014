import {
  print,
  say,
  sayDocument,
  printJson,
  logPrinter,
  Progress,
  STDERR,
  STDOUT,
  styleFor,
  describeUp,
  upData,
  duration,
} from '../output/index.ts';
import { basename } from 'node:path';
import { UsageError } from '../../base/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { interruptible, untilInterrupted } from '../interrupted.ts';
import { jsonOption, setOption, type SetOption, waitOption } from '../options.ts';
import { describe, explain, render, type Operation } from '../../plan/index.ts';
import { readTopologyFile } from '../../store/index.ts';
import { nameOfFile } from '../topology-file.ts';

interface Options extends SetOption {
  readonly wait: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly explain?: boolean;
  readonly attach?: boolean;
}

export const command = define({
  name: 'up',
  purpose: 'Bring the lab of a topology file up.',
  details:
    'Creates what is missing and changes what differs; does nothing if the lab matches the file. If a step of a new lab ' +
    'fails, or on Ctrl-C, the lab is removed again. Starts services (`run`) and waits until they are ready. With --attach, ' +
    'prints their output until Ctrl-C, then removes the lab.',
  examples: [
    ['netwright up shop.yaml', 'create or update the lab'],
    ['netwright up shop.yaml --wait 10', 'wait while another process is changing it'],
    ['netwright up shop.yaml --explain', 'print each step as commands of ip, bridge, nft and sysctl'],
    ['netwright up shop.yaml --attach', 'print the output of services; Ctrl-C removes the lab'],
    ['netwright up shop.yaml --set MTU=1400', 'set the variable ${MTU} of the file'],
    ['generate | netwright up -', 'read the file from standard input'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking, EXIT.locked, EXIT.taken, EXIT.interrupted],
})
  .argument('<file>', 'the topology file, YAML or JSON; - is standard input')
  .addOption(waitOption())
  .addOption(setOption())
  .addOption(jsonOption())
  .option('-q, --quiet', 'print only warnings and errors')
  .option('--explain', 'print each step as it is done, with its reason and equivalent commands')
  .option('-a, --attach', 'print the output of services until Ctrl-C, then remove the lab')
  .action(async (file: string, options: Options) => {
    const { wait, json = false, quiet = false, explain = false, attach = false, set = {} } = options;
    if (attach && json) throw new UsageError('--attach cannot be used with --json; use `netwright logs -f --json`');
    const text = readTopologyFile(file);
    const { up } = await import('../../lab/index.ts');
    const { privateMountsWarning } = await import('../../store/index.ts');
    const ending = attach ? untilInterrupted() : undefined;
    const progress = new Progress(`bringing ${basename(nameOfFile(file))} up`);
    const onProgress =
      json || quiet || explain
        ? {}
        : {
            onProgress: progress.update.bind(progress),
            onService: (operation: Operation) => progress.wait(describe(operation)),
          };
    const onOperation = explain ? { onOperation: explainer() } : {};
    const done = await interruptible((signal) =>
      up({ file, text, set }, { wait, signal, endsAfterwards: !attach, ...onProgress, ...onOperation }),
    ).finally(() => progress.clear());
    const result = { ...done, warnings: [...done.warnings, ...privateMountsWarning(done.compiled.lab)] };
    if (json) return printJson(upData(result));
    const warning = styleFor(STDERR).yellow('warning:');
    for (const message of result.warnings) say(`${warning} ${message}\n`);
    if (ending !== undefined) await stayAttached(result.compiled.lab, quiet, ending);
    else if (!quiet) print(describeUp(result, styleFor(STDOUT)));
  });

/**
 * Prints the output of services until the signal aborts, and then removes the lab; or until another process removes it.
 */
async function stayAttached(lab: string, quiet: boolean, signal: AbortSignal): Promise<void> {
  const { followLogs } = await import('../../lab/index.ts');
  const { down } = await import('../../lab/index.ts');
  const note = (text: string): void => void (quiet || say(styleFor(STDERR).dim(`${text}\n`)));
  const end = await followLogs(lab, {
    onLine: logPrinter({ json: false, whole: false, style: styleFor(STDOUT) }),
    onReady: () => note(`${lab} is up; press Ctrl-C to remove it`),
    signal,
  });
  if (end === 'gone') return note(`${lab} was removed`);
  note(`removing ${lab}`);
  const { milliseconds } = await down(lab, { wait: DOWN_WAIT });
  note(`removed ${lab} in ${duration(milliseconds)}`);
}

/** How long the removal waits for another process that is changing the lab, in milliseconds. */
const DOWN_WAIT = 10_000;

/** Prints operations as they are executed, on standard error: with --json, standard output gets one document alone. */
function explainer(): (operation: Operation) => void {
  const style = styleFor(STDERR);
  return (operation) => {
    say(style.dim(`# ${describe(operation)}. ${explain(operation)}\n`));
    sayDocument(`${render(operation).join('\n')}\n`);
  };
}
