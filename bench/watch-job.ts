// Changes things of a lab by hand, and waits until a watch tells of them: node build/bench/watch-job.js ROUNDS
//
// Prints one line of JSON: for each kind of change the milliseconds from the end of the command until it was told.
import { execFileSync } from 'node:child_process';
import { Lab, watch, type Operation } from '../src/library/index.ts';

const rounds = Number(process.argv[2]);
await using lab = await Lab.up({
  name: 'nwwatch',
  networks: { lan: { subnet: '10.79.3.0/24' } },
  nodes: { a: { networks: ['lan'], routes: ['192.0.2.0/24 via 10.79.3.9'] }, b: { networks: ['lan'], forward: true } },
});
const a = `ip -n ${lab.name}.a`;
const b = `ip netns exec ${lab.name}.b`;
/** What is done and undone, and the operation that is told of. */
const changes: Readonly<Record<string, readonly [does: string, undoes: string, told: Operation['op']]>> = {
  'an MTU': [`${a} link set eth0 mtu 1400`, `${a} link set eth0 mtu 1500`, 'change-link'],
  'a route that goes': [
    `${a} route del 192.0.2.0/24`,
    `${a} route add 192.0.2.0/24 via 10.79.3.9 proto static`,
    'add-route',
  ],
  'a rule that comes': [`${a} rule add from 10.0.0.1 table 7`, `${a} rule del from 10.0.0.1 table 7`, 'delete-rule'],
  'a table of nftables': [`${b} nft add table inet x`, `${b} nft delete table inet x`, 'delete-table'],
  'a setting': [`${b} sysctl -qw net.ipv4.ip_forward=0`, `${b} sysctl -qw net.ipv4.ip_forward=1`, 'set-sysctl'],
};

/** What waits for something to be told, and is done when it is. */
const waiting: {
  isIt: (told: { drift?: readonly Operation[]; mended?: readonly Operation[] }) => boolean;
  done: () => void;
}[] = [];
const tell = (told: { drift?: readonly Operation[]; mended?: readonly Operation[] }): void => {
  for (const [i, { isIt, done }] of [...waiting.entries()].toReversed())
    if (isIt(told)) {
      waiting.splice(i, 1);
      done();
    }
};
const stop = new AbortController();
let ended: Promise<unknown> | undefined;
await new Promise<void>((resolve) => {
  ended = watch(lab.name, {
    onReady: resolve,
    onDrift: (drift) => tell({ drift }),
    onRepaired: ({ operations: mended }) => tell({ mended }),
    signal: stop.signal,
  });
});

/** Runs a command; gives the milliseconds from its end until it is told of. */
async function timed(command: string, isIt: (typeof waiting)[number]['isIt']): Promise<number> {
  const told = new Promise<number>((resolve) => waiting.push({ isIt, done: () => resolve(performance.now()) }));
  const [program, ...args] = command.split(' ');
  execFileSync(program!, args);
  const from = performance.now();
  return (await told) - from;
}

const samples: Record<string, number[]> = Object.fromEntries(Object.keys(changes).map((name) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const [name, [does, undoes, op]] of Object.entries(changes)) {
    const taken = await timed(does, ({ drift = [] }) => drift.some((one) => one.op === op));
    if (round >= 0) samples[name]!.push(taken);
    await timed(undoes, ({ mended = [] }) => mended.some((one) => one.op === op));
  }
}
stop.abort();
await ended;
await lab.down();
console.log(JSON.stringify(samples));
