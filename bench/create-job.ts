// The job J(N) with Netwright: node build/bench/create-job.js N [dual]
//
// Prints one line of JSON, like the peers.
import { Lab } from './harness/library.ts';

const nodes = Object.fromEntries(
  Array.from({ length: Number(process.argv[2]) }, (_, i) => [`n${i}`, { networks: ['lan'] }]),
);
const subnet = process.argv[3] === 'dual' ? ['10.77.0.0/16', 'fd77::/64'] : '10.77.0.0/16';

const t0 = performance.now();
const lab = await Lab.up({ name: 'nwbench', networks: { lan: { subnet, internet: true } }, nodes });
const t1 = performance.now();
const removing = performance.timeOrigin + t1;
await lab.down();
console.log(JSON.stringify({ create: t1 - t0, remove: performance.now() - t1, removing }));
