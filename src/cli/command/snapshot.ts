import { UsageError } from '../../base/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, LAB, setOption, type SetOption } from '../options.ts';
import { printJson, printDocument, Progress } from '../output/index.ts';
import { requireLab, resolveLab } from '../resolve.ts';

interface Options extends SetOption {
  readonly json?: boolean;
  readonly host?: boolean;
}

export const command = define({
  name: 'snapshot',
  purpose: 'Print the state of the kernel as a topology file.',
  details:
    "For a lab: its current state, with manual changes; `up` of that file has nothing to do. With --host: the machine's own " +
    'bridges, veth pairs and named namespaces, as the closest topology; anything a topology cannot express is in comments.',
  examples: [
    ['netwright snapshot shop > now.yaml', 'save manual changes'],
    ['netwright snapshot --host', 'describe networks made with ip(8)'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .option('--host', "this machine's own networks")
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { json = false, host = false, ...fileOptions }: Options) => {
    const { snapshot, snapshotHost } = await import('../../lab/index.ts');
    if (host) {
      if (argument !== undefined || json)
        throw new UsageError('--host cannot be used with a lab or --json: its output is not meant for programs');
      printDocument(snapshotHost());
      return;
    }
    const lab = await resolveLab(argument, fileOptions);
    requireLab(lab);
    const progress = new Progress(`reading ${lab}`, 'nodes');
    const { topology, text, notes } = snapshot(lab, { onProgress: progress.update.bind(progress) });
    progress.clear();
    if (json) printJson({ topology, notes });
    else printDocument(text);
  });
