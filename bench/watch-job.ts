// Changes a lab with ip, nft and sysctl, and waits until `watch` reports it: node build/bench/watch-job.js ROUNDS
//
// Prints one line of JSON: for each kind of change, the milliseconds from the end of the command until the report.
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
/** A command, the command that undoes it, and the operation in the report. */
const changes: Readonly<Record<string, readonly [apply: string, undo: string, op: Operation['op']]>> = {
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

interface WatchReport {
  readonly drift?: readonly Operation[];
  readonly repaired?: readonly Operation[];
}

/** Waits for a report. */
interface Waiter {
  readonly matches: (report: WatchReport) => boolean;
  readonly resolve: () => void;
}

const waiters: Waiter[] = [];
const receive = (report: WatchReport): void => {
  for (const [i, { matches, resolve }] of [...waiters.entries()].toReversed())
    if (matches(report)) {
      waiters.splice(i, 1);
      resolve();
    }
};
const stop = new AbortController();
let ended: Promise<unknown> | undefined;
await new Promise<void>((resolve) => {
  ended = watch(lab.name, {
    onReady: resolve,
    onDrift: (drift) => receive({ drift }),
    onRepaired: ({ operations: repaired }) => receive({ repaired }),
    signal: stop.signal,
  });
});

/** Runs a command. Returns the milliseconds from its end until the report. */
async function timed(command: string, matches: Waiter['matches']): Promise<number> {
  const reported = new Promise<number>((resolve) =>
    waiters.push({ matches, resolve: () => resolve(performance.now()) }),
  );
  const [program, ...args] = command.split(' ');
  execFileSync(program!, args);
  const end = performance.now();
  return (await reported) - end;
}

const samples: Record<string, number[]> = Object.fromEntries(Object.keys(changes).map((name) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const [name, [apply, undo, op]] of Object.entries(changes)) {
    const elapsed = await timed(apply, ({ drift = [] }) => drift.some((operation) => operation.op === op));
    if (round >= 0) samples[name]!.push(elapsed);
    await timed(undo, ({ repaired = [] }) => repaired.some((operation) => operation.op === op));
  }
}
stop.abort();
await ended;
await lab.down();
console.log(JSON.stringify(samples));
