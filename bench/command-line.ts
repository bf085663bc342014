import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, ROOT } from './harness/paths.ts';
import { atMost, type Report } from './harness/report.ts';
import { run, timed, withMemory } from './harness/run.ts';
import { digits, interleave, ratio, spread, type Candidate } from './harness/samples.ts';

const NODE = 'node -e 0';
const READ_COMMANDS = ['ls', 'show', 'plan', 'check'] as const;
const UP_AND_DOWN = 'netwright up and down, two nodes';

/** Measures commands that read a lab, and `up` and `down`. Must run in a sandbox. */
export function benchCommandLine(quick: boolean): Report {
  const node = [process.execPath, '-e', '0'];
  const cli = [process.execPath, CLI];
  const shop = join(ROOT, 'examples/shop.yaml');
  const two = '/run/nwtwo.json';
  writeFileSync(two, JSON.stringify(TWO_NODES));
  const commands: Readonly<Record<string, readonly string[]>> = {
    ls: [...cli, 'ls'],
    show: [...cli, 'show', 'shop'],
    plan: [...cli, 'plan', shop],
    check: [...cli, 'check', 'shop'],
  };
  run([...cli, 'up', '--quiet', shop]);
  try {
    // Each command once, to fill V8's compile cache.
    for (const command of Object.values(commands)) run(command);
    upAndDown(cli, two);
    const rounds = quick ? 5 : 20;
    const times = interleave(rounds, [
      candidate(NODE, () => time(node)),
      ...READ_COMMANDS.map((name) => candidate(`netwright ${name}`, () => time(commands[name]!))),
      candidate(UP_AND_DOWN, () => upAndDown(cli, two)),
    ]);
    const memory = interleave(quick ? 3 : 5, [
      candidate(NODE, () => Number(run(withMemory(node)).at(-1)) / 1024),
      candidate('netwright ls', () => Number(run(withMemory(commands['ls']!)).at(-1)) / 1024),
    ]);
    const against = (name: string): number => ratio(times.get(name)!, times.get(NODE)!);
    const space = ratio(memory.get('netwright ls')!, memory.get(NODE)!);
    return {
      title: 'The command line',
      about:
        'Whole processes, against Node.js running nothing: the lab of examples/shop.yaml, and up and down of a lab of two nodes, one after the other. What V8 has compiled is kept from the time before.',
      tables: [
        {
          head: ['', 'time', '× node'],
          rows: [...times].map(([name, samples]) => [name, spread(samples), digits(against(name))]),
        },
        {
          title: 'Memory, in MiB',
          head: ['', 'at most', '× node'],
          rows: [...memory].map(([name, samples]) => [
            name,
            spread(samples),
            digits(ratio(samples, memory.get(NODE)!)),
          ]),
        },
      ],
      targets: [
        ...READ_COMMANDS.map((name) => atMost(`netwright ${name} against ${NODE}`, against(`netwright ${name}`), 1.7)),
        atMost(`${UP_AND_DOWN}, against ${NODE}`, against(UP_AND_DOWN), 3.5),
        atMost('memory of netwright ls', space, 1.3),
      ],
    };
  } finally {
    run([...cli, 'down', 'shop']);
  }
}

const TWO_NODES = {
  name: 'nwtwo',
  networks: { lan: { subnet: '10.78.2.0/24' } },
  nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
};

const time = (command: readonly string[]): number => Number(run(timed(command)).at(-1));

const upAndDown = (cli: readonly string[], file: string): number =>
  time([...cli, 'up', '--quiet', file]) + time([...cli, 'down', TWO_NODES.name]);

const candidate = (name: string, measure: () => number): Candidate<number> => ({ name, measure });
