// Starts programs in several ways, in turns: node build/bench/launch-job.js ROUNDS
//
// Prints one line of JSON: for each way, the milliseconds from the call to the end of the program, of every round.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Lab } from '../src/library/index.ts';

const WARM_UP = 20;
const INPUT = 'What the program reads.\n';
const TIMEOUT = 60_000;

const rounds = Number(process.argv[2]);
await using lab = await Lab.up({
  name: 'nwlaunch',
  networks: { lan: { subnet: '10.79.0.0/24' } },
  nodes: { a: { networks: ['lan'] } },
});
const node = lab.node('a');
const inNetns = ['netns', 'exec', node.namespace];
const { signal } = new AbortController();

const ended = async (child: ChildProcess): Promise<void> => void (await once(child, 'exit'));
const run = promisify(execFile);

async function feed(command: string, args: readonly string[]): Promise<string> {
  const running = run(command, args, { timeout: TIMEOUT, signal });
  running.child.stdin!.end(INPUT);
  return (await running).stdout;
}

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  'spawn outside': () => ended(spawn('true', [], { stdio: 'ignore' })),
  'spawn in a node': () => ended(node.spawn('true', [], { stdio: 'ignore' })),
  'execFile outside': () => run('true'),
  'execFile ip netns exec': () => run('ip', [...inNetns, 'true']),
  'exec in a node': () => node.exec('true'),
  'execFile ip netns exec, fed': () => feed('ip', [...inNetns, 'cat']),
  'exec in a node, fed': () => node.exec('cat', [], { input: INPUT, timeout: TIMEOUT, signal }),
};

const samples: Record<string, number[]> = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = -WARM_UP; round < rounds; round++) {
  for (const [name, start] of Object.entries(ways)) {
    const t0 = performance.now();
    await start();
    const elapsed = performance.now() - t0;
    if (round >= 0) samples[name]!.push(elapsed);
  }
}
console.log(JSON.stringify(samples));
