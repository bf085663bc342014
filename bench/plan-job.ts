// Reads or changes the lab that benchPlan has created: node build/bench/plan-job.js read|plan|edit N
//
// Prints one line of JSON. `read` reads what every plan needs; `edit` executes the plan for one more node.
import { execute, Kernel } from '../src/apply/index.ts';
import { planLab } from '../src/library/index.ts';
import { compileForHost } from '../src/store/compiled.ts';
import { observeLab, planCompiled } from '../src/lab/plan.ts';
import { load } from '../src/store/saved-topology.ts';
import { up } from '../src/lab/up.ts';
import { LabMounts } from '../src/netns/index.ts';
import { labOf } from './plan-topology.ts';

const [, , mode, n] = process.argv;
const value = labOf(Number(n));

if (mode === 'edit') {
  const { compiled } = compileForHost(load({ value: labOf(Number(n) + 1) }));
  const operations = planCompiled(compiled);
  const kernel = new Kernel(new LabMounts(compiled.lab));
  const t0 = performance.now();
  await execute(kernel, operations, { done: 0 });
  const ms = performance.now() - t0;
  kernel.close();
  await up({ value });
  console.log(JSON.stringify({ ms, steps: operations.length }));
} else {
  const { lab, state } = compileForHost(load({ value })).compiled;
  const t0 = performance.now();
  const steps =
    mode === 'read' ? Object.keys(observeLab(lab, state).namespaces).length : planLab({ value }).operations.length;
  console.log(JSON.stringify({ ms: performance.now() - t0, steps }));
}
