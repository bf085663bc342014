// Looks at the lab that benchPlan has brought up: node build/bench/plan-job.js read|plan|edit N
//
// Prints one line of JSON. `read` is what a plan reads anyway; `edit` brings the lab up with one node more, and then
// without it again.
import { planLab } from '../src/lab/index.ts';
import { compileHere } from '../src/lab/compiled.ts';
import { observeLab } from '../src/lab/plan.ts';
import { load } from '../src/lab/store.ts';
import { up } from '../src/lab/up.ts';
import { labOf } from './plan-topology.ts';

const [, , how, n] = process.argv;
const value = labOf(Number(n));

if (how === 'edit') {
  const t0 = performance.now();
  const { operations } = await up({ value: labOf(Number(n) + 1) });
  const t1 = performance.now();
  await up({ value });
  console.log(JSON.stringify({ ms: t1 - t0, steps: operations.length }));
} else {
  const { lab, state } = compileHere(load({ value })).compiled;
  const t0 = performance.now();
  const steps =
    how === 'read' ? Object.keys(observeLab(lab, state).namespaces).length : planLab({ value }).operations.length;
  console.log(JSON.stringify({ ms: performance.now() - t0, steps }));
}
