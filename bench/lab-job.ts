// Creates and removes a lab of two nodes many times: node build/bench/lab-job.js ROUNDS
//
// Prints, as JSON, the median time of `Lab.up` in milliseconds, without the first third of the rounds.
import { Lab } from './harness/library.ts';

const rounds = Number(process.argv[2]);
const samples: number[] = [];
for (let round = 0; round < rounds; round++) {
  const t0 = performance.now();
  const lab = await Lab.up({
    name: 'nwwarm',
    networks: { lan: { subnet: '10.79.1.0/24' } },
    nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
  });
  samples.push(performance.now() - t0);
  await lab.down();
}
const warm = samples.slice(Math.floor(rounds / 3)).toSorted((a, b) => a - b);
console.log(JSON.stringify({ ms: warm[warm.length >> 1] }));
