import { oneLine } from '../../base/index.ts';
import type { Stale } from '../../lab/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { interruptible } from '../interrupted.ts';
import { jsonOption } from '../options.ts';
import { reportOtherMounts, printJson, print, say, STDOUT, styleFor, table, count } from '../output/index.ts';

interface Options {
  readonly json?: boolean;
  readonly yes?: boolean;
}

export const command = define({
  name: 'clean',
  purpose: 'Find and remove leftovers of labs.',
  details:
    'After a reboot, a killed process or manual cleanup, parts of a lab may remain that belong to no lab. Lists them; ' +
    '--yes removes them. Labs that are up, and objects not created by Netwright, are not touched.',
  examples: [
    ['netwright clean', 'list leftovers'],
    ['netwright clean --yes', 'remove them'],
  ],
  exits: [EXIT.failed, EXIT.lacking, EXIT.interrupted],
})
  .option('-y, --yes', 'remove the leftovers')
  .addOption(jsonOption())
  .action(async ({ json = false, yes = false }: Options) => {
    const { clean, survey } = await import('../../lab/index.ts');
    if (!yes) {
      const { stale: found, elsewhere } = survey();
      if (json) printJson({ found, elsewhere });
      else {
        print(
          found.length === 0
            ? NOTHING
            : `${rows(found)}\n${count(found.length, 'leftover')}; \`netwright clean --yes\` removes them\n`,
        );
        reportOtherMounts(elsewhere);
      }
      return;
    }
    const { removed, kept, restored, elsewhere } = await interruptible((signal) => clean({ signal }));
    if (kept.length > 0) process.exitCode = EXIT.failed;
    const failures = kept.map(({ stale, reason }) => ({
      ...stale,
      problem: reason instanceof Error ? reason.message : String(reason),
    }));
    if (json) return printJson({ removed, kept: failures, restored, elsewhere });
    reportOtherMounts(elsewhere);
    if (removed.length + kept.length === 0) return print(NOTHING);
    if (removed.length > 0) print(`${rows(removed)}\n${count(removed.length, 'leftover')} removed\n`);
    for (const { where, problem } of failures)
      say(`netwright: ${oneLine(where)} could not be removed: ${oneLine(problem)}\n`);
    if (restored.length > 0) print(`restored: ${restored.join(', ')}\n`);
  });

const NOTHING = 'no leftovers\n';

function rows(stale: readonly Stale[]): string {
  const style = styleFor(STDOUT);
  return table(stale.map(({ where, reason }) => [where, style.dim(reason)])).join('\n');
}
