import { print, describeDown, reportOtherMounts, printJson, STDOUT, styleFor } from '../output/index.ts';
import type { DownResult } from '../../lab/index.ts';
import { UsageError } from '../../base/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { labNames } from '../../netns/index.ts';
import { jsonOption, setOption, type SetOption, waitOption } from '../options.ts';
import { requireLab, resolveLab } from '../resolve.ts';
import { errorData, report } from '../report.ts';
import { isFileArgument } from '../topology-file.ts';

interface Options extends SetOption {
  readonly all?: boolean;
  readonly ifExists?: boolean;
  readonly wait: number;
  readonly json?: boolean;
}

export const command = define({
  name: 'down',
  purpose: 'Remove labs and all processes in them.',
  details:
    'Removes everything that belongs to the lab, complete or not: processes, namespaces, and its objects on the host. A name ' +
    'of no existing lab is an error, except with --if-exists; the lab of a file may be down already.',
  examples: [
    ['netwright down shop', ''],
    ['netwright down shop.yaml', 'the lab of that file'],
    ['netwright down shop --if-exists', 'in a script: succeed if it is down already'],
    ['netwright down --all', 'every lab on this machine'],
  ],
  exits: [EXIT.failed, EXIT.topology, EXIT.lacking, EXIT.locked, EXIT.taken],
})
  .argument('[lab|file...]', 'the labs to remove')
  .option('-a, --all', 'remove every lab')
  .option('--if-exists', 'succeed if a lab does not exist')
  .addOption(waitOption())
  .addOption(setOption())
  .addOption(jsonOption())
  .action(
    async (args: readonly string[], { all = false, ifExists = false, wait, json = false, ...fileOptions }: Options) => {
      if (all === args.length > 0) throw new UsageError('name the labs to remove, or use --all; see `netwright ls`');
      const known = labNames();
      const labs = new Set(all ? known : []);
      // Without labs that are up now: if another process removes one in the meantime, that is no error.
      const mustExist = new Set<string>();
      for (const argument of args) {
        const lab = await resolveLab(argument, fileOptions);
        labs.add(lab);
        if (!ifExists && !isFileArgument(argument) && !known.includes(argument)) mustExist.add(lab);
      }
      const { downEach } = await import('../../lab/index.ts');
      const results: DownResult[] = [];
      const errors: unknown[] = [];
      const fail = (error: unknown): void => {
        errors.push(error);
        process.exitCode = report(error);
      };
      // A failure with one lab does not stop the others.
      for (const outcome of await downEach([...labs], { wait })) {
        if (outcome.status === 'rejected') {
          fail(outcome.reason);
          continue;
        }
        const { lab, existed } = outcome.value;
        try {
          if (!existed && mustExist.has(lab)) requireLab(lab);
          results.push(outcome.value);
          if (!json) print(describeDown(outcome.value, styleFor(STDOUT)));
        } catch (error) {
          fail(error);
        }
      }
      if (all) reportOtherMounts((await import('../../store/index.ts')).labsInOtherMounts());
      if (json) printJson({ labs: results, ...(errors.length > 0 && { error: errorData(oneOf(errors)) }) });
      else if (labs.size === 0) print('nothing to remove: no lab is up\n');
    },
  );

const oneOf = (errors: readonly unknown[]): unknown =>
  errors.length === 1
    ? errors[0]
    : new AggregateError(
        errors,
        errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; '),
      );
