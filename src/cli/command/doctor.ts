import { spawnSync } from 'node:child_process';
import type { Finding } from '../../doctor/index.ts';
import { hasPrivilege } from '../../proc/index.ts';
import { print, describeFindings, printJson, STDOUT, styleFor } from '../output/index.ts';
import { define } from '../define.ts';
import { EXIT } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { ROOT_ONLY_MAPPING, unshareCommand } from '../../rootless/index.ts';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
}

export const command = define({
  name: 'doctor',
  purpose: 'Check whether this machine can run labs.',
  details:
    'Changes nothing. Lists problems for common labs, and how to fix them; --all also lists link kinds and other kernel ' +
    'features that few labs need. --json lists everything, with `rare` for these. Without root it checks what labs without ' +
    'root need, in a user namespace; as root, what labs on the machine itself need.',
  examples: [
    ['netwright doctor', 'check for labs without root'],
    ['sudo netwright doctor', 'check for labs as root'],
    ['sudo netwright doctor --all', 'include rarely needed kernel features'],
    ['netwright doctor --json | jq \'.findings[] | select(.status == "problem")\'', ''],
  ],
  exits: [EXIT.failed],
  exitNote: 'warnings do not make it 1',
})
  .option('-a, --all', 'include features that few labs need')
  .addOption(jsonOption())
  .action(async ({ all = false, json = false }: Options) => {
    const findings = await findingsHere();
    const ok = !findings.some(({ status }) => status === 'problem');
    if (!ok) process.exitCode = EXIT.failed;
    if (json) printJson({ ok, findings });
    else print(describeFindings(findings, styleFor(STDOUT), { all }));
  });

/** The findings for where labs of this user would be: the host, or a user namespace. */
async function findingsHere(): Promise<Finding[]> {
  const { doctor, rootless } = await import('../../doctor/index.ts');
  if (process.geteuid!() === 0 || hasPrivilege()) return doctor();
  const readiness = rootless();
  const inside = readiness.some(({ id, status }) => id === 'rootless' && status === 'ok')
    ? findingsInside()
    : undefined;
  const findings = inside ?? (await doctor());
  return findings.flatMap((finding) => (finding.id === 'rootless' ? readiness : finding)).filter(isFirst);
}

/** Runs `netwright doctor` in a temporary user namespace; undefined if that fails. */
function findingsInside(): Finding[] | undefined {
  const [command, ...args] = unshareCommand(ROOT_ONLY_MAPPING, ['run', '/', 'doctor', '--json']);
  const { stdout } = spawnSync(command!, args, { cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return (JSON.parse(stdout) as { findings: Finding[] }).findings;
  } catch {
    return undefined;
  }
}

const isFirst = ({ id }: Finding, i: number, all: readonly Finding[]): boolean =>
  all.findIndex((other) => other.id === id) === i;
