import { spawnSync } from 'node:child_process';
import { arch, cpus, release } from 'node:os';
import { ROOT } from './paths.ts';
import { run, timed } from './run.ts';
import { digits, interleave, ratio } from './samples.ts';

/** The date, the machine and the versions of the programs, as a Markdown list. */
export function machine(): string {
  const facts: [string, string][] = [
    ['date', new Date().toISOString().slice(0, 10)],
    ['commit', commit()],
    ['machine', `${cpus().length} cores of ${cpus()[0]!.model.trim()}, ${arch()}`],
    ['kernel', `Linux ${release()}`],
    ['node', process.version],
    ['iproute2', firstLine('ip', ['-V']).replace(/^.*iproute2-/, '')],
    ['pyroute2', firstLine('dpkg-query', ['-W', '-f', '${Version}', 'python3-pyroute2'])],
    ['gcc', firstLine('gcc', ['--version'])],
    [
      "Node's start against that of /bin/true",
      `${digits(startRatio())} ×, by which figures of two machines can be compared`,
    ],
  ];
  return facts.map(([name, value]) => `- ${name}: ${value}`).join('\n');
}

const start = (name: string, command: readonly string[]) => ({
  name,
  measure: () => Number(run(timed(command)).at(-1)),
});

/** The time to start Node, in multiples of the time to start /bin/true. */
function startRatio(): number {
  const results = interleave(11, [start('node', [process.execPath, '-e', '0']), start('true', ['/bin/true'])]);
  return ratio(results.get('node')!, results.get('true')!);
}

function commit(): string {
  const hash = firstLine('git', ['rev-parse', '--short', 'HEAD']);
  return firstLine('git', ['status', '--porcelain', '--', 'src']) === '' ? hash : `${hash} with changes`;
}

const firstLine = (file: string, args: readonly string[]): string =>
  spawnSync(file, args, { cwd: ROOT, encoding: 'utf8' }).stdout?.split('\n')[0]?.trim() ?? '?';
