import { spawnSync } from 'node:child_process';
import type { Finding } from '../../doctor/index.ts';
import { hasPrivilege } from '../../proc/index.ts';
import { print, describeFindings, printJson, STDOUT, styleFor } from '../output/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { SINGLE, unshared } from '../../rootless/index.ts';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
}

export const command = define({
  name: 'doctor',
  purpose: 'Look whether this machine has what labs need.',
  details:
    'Changes nothing. What stands in the way of common labs is told with what to do about it; --all tells as much of kinds ' +
    'of links and other parts of the kernel that few labs need. With --json all is told, and `rare` marks these. Without root it tries what labs without ' +
    'root would find, in a user namespace; as root, what they find on the machine itself.',
  examples: [
    ['netwright doctor', 'what labs without root would find'],
    ['sudo netwright doctor', "what root's would"],
    ['sudo netwright doctor --all', 'of rarely needed parts of the kernel, too'],
    ['netwright doctor --json | jq \'.findings[] | select(.status == "problem")\'', ''],
  ],
  exits: [EXIT.failed],
  exitNote: 'only a problem makes it 1; warnings do not',
})
  .option('-a, --all', 'tell, too, of what few labs need')
  .addOption(jsonOption())
  .action(async ({ all = false, json = false }: Options) => {
    const findings = await findingsHere();
    const ok = !findings.some(({ status }) => status === 'problem');
    if (!ok) process.exitCode = EXIT.failed;
    if (json) printJson({ ok, findings });
    else print(describeFindings(findings, styleFor(STDOUT), { all }));
  });

/** What is found where labs of whoever calls it would be. */
async function findingsHere(): Promise<Finding[]> {
  const { doctor, rootless } = await import('../../doctor/index.ts');
  if (process.geteuid!() === 0 || hasPrivilege()) return doctor();
  const readiness = rootless();
  const inside = readiness.some(({ id, status }) => id === 'rootless' && status === 'ok') ? askInside() : undefined;
  const findings = inside ?? (await doctor());
  return findings.flatMap((finding) => (finding.id === 'rootless' ? readiness : finding)).filter(isFirst);
}

/** The same by this program in a user namespace that is made for it, and ends with it; undefined where it fails. */
function askInside(): Finding[] | undefined {
  const [command, ...args] = unshared(SINGLE, ['run', '/', 'doctor', '--json']);
  const { stdout } = spawnSync(command!, args, { cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return (JSON.parse(stdout) as { findings: Finding[] }).findings;
  } catch {
    return undefined;
  }
}

const isFirst = ({ id }: Finding, i: number, all: readonly Finding[]): boolean =>
  all.findIndex((other) => other.id === id) === i;
