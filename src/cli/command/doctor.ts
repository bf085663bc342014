import { print } from '../output/print.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { describeFindings } from '../output/doctor.ts';
import { printJson } from '../output/json.ts';
import { STDOUT, styleFor } from '../output/style.ts';

export const command = define({
  name: 'doctor',
  purpose: 'Look whether this machine has what labs need.',
  details: 'Changes nothing. What stands in the way is told with what to do about it. As root it can tell more.',
  examples: [
    ['sudo netwright doctor', ''],
    ['netwright doctor --json | jq \'.findings[] | select(.status == "problem")\'', ''],
  ],
  exits: [EXIT.failed],
  exitNote: 'only a problem makes it 1; warnings do not',
})
  .addOption(jsonOption())
  .action(async ({ json = false }: { readonly json?: boolean }) => {
    const { doctor } = await import('../../lab/doctor/index.ts');
    const findings = await doctor();
    const ok = !findings.some(({ status }) => status === 'problem');
    if (!ok) process.exitCode = EXIT.failed;
    if (json) printJson({ ok, findings });
    else print(describeFindings(findings, styleFor(STDOUT)));
  });
