import { UsageError } from '../../base/error.ts';
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
  purpose: 'Print the topology file of what the kernel holds.',
  details:
    "Of a lab: as it is now, changes by hand included; `up` of it has nothing to do. With --host: this machine's own " +
    'bridges, cables and named namespaces, as the topology that comes closest; what cannot be said so is in comments.',
  examples: [
    ['netwright snapshot shop > now.yaml', 'keep what was tried out by hand'],
    ['netwright snapshot --host', 'what did somebody build here with ip?'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking],
})
  .argument('[lab|file]', LAB)
  .option('--host', "this machine's own networks")
  .addOption(setOption())
  .addOption(jsonOption())
  .action(async (argument: string | undefined, { json = false, host = false, ...given }: Options) => {
    const { snapshot, snapshotHost } = await import('../../lab/index.ts');
    if (host) {
      if (argument !== undefined || json)
        throw new UsageError('--host goes with neither a lab nor --json: what it prints is for people');
      printDocument(snapshotHost());
      return;
    }
    const lab = await resolveLab(argument, given);
    requireLab(lab);
    const progress = new Progress(`reading ${lab}`, 'nodes');
    const { topology, text, notes } = snapshot(lab, { onProgress: progress.update.bind(progress) });
    progress.clear();
    if (json) printJson({ topology, notes });
    else printDocument(text);
  });
