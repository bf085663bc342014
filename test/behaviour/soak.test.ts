// Thousands of labs, one after the other, in one process: nothing may gather.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Lab, type TopologyInput } from '../../src/library/index.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, descriptors, snapshotHost } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const CYCLES = Number(process.env['NETWRIGHT_SOAK'] ?? 2000);

// Code that is compiled anew, and better, each time it has run some hundred times more is most of what a heap grows by.
for (const flag of ['--no-opt', '--no-sparkplug', '--no-flush-bytecode', '--expose-gc']) setFlagsFromString(flag);
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are in use after what is not has been collected: buffers go a turn after the objects that hold them. */
async function heap(): Promise<number> {
  let last = Infinity;
  const look = (): { bytes: number; isAll: boolean } => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    const bytes = heapUsed + external;
    const isAll = bytes >= last;
    last = bytes;
    return { bytes, isAll };
  };
  return (await eventually(look, ({ isAll }) => isAll, 'there is always more to collect')).bytes;
}

const topology = (name: string, edited: boolean): TopologyInput & { readonly name: string } => ({
  name,
  networks: { lan: { subnet: ['10.49.0.0/24', 'fd49::/64'], mtu: edited ? 1400 : 1500 } },
  nodes: {
    a: { networks: ['lan'], sysctls: { 'net.ipv4.ip_default_ttl': edited ? 33 : 44 } },
    b: { networks: ['lan'], routes: edited ? ['192.0.2.0/24 via 10.49.0.77'] : ['198.51.100.0/24 via 10.49.0.77'] },
    ...(edited ? { c: { networks: ['lan'] } } : { d: {} }),
  },
});

async function cycle(name: string): Promise<void> {
  const lab = await Lab.up(topology(name, false));
  const { result } = await Lab.up(topology(name, true));
  assert.ok(result!.operations.length > 5);
  await lab.down();
}

async function cycles(name: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await cycle(name);
    // The kernel takes namespaces apart one by one, and slower than they are made here.
    if (i % 50 === 0) await settled();
  }
}

/** How many network namespaces the kernel has, those included that it is still taking apart. */
const namespaces = (): number =>
  Number(/^net_namespace +(\d+)/m.exec(readFileSync('/proc/slabinfo', 'utf8'))?.[1] ?? NaN);

suite('a soak', { skip: skipWithoutRoot }, () => {
  before(() => cycle(labName('warm')));

  test(`${CYCLES} times up, edit, down`, { timeout: 840_000 }, async (t) => {
    const name = labName('soak');
    const untouched = snapshotHost();
    const tenth = CYCLES / 10;
    await cycles(name, 2 * tenth);
    const open = descriptors();
    const heaps = [await heap()];
    while (heaps.length <= 8) {
      await cycles(name, tenth);
      heaps.push(await heap());
    }
    t.diagnostic(`the heap, each ${tenth} cycles, in KiB: ${heaps.map((size) => Math.round(size / 1024)).join(', ')}`);
    // What gathers does so all the time: a heap that grows once, as by code that is compiled, is another matter.
    const grown = heaps.slice(1).map((size, i) => (size - heaps[i]!) / tenth);
    const median = grown.toSorted((a, b) => a - b)[4]!;
    assert.ok(median < 100, `each cycle leaves ${median} bytes`);
    assert.deepEqual(descriptors(), open);
    await settled();
    await assertUnchanged(untouched);
  });
});

/** Waits until the kernel has few namespaces left to take apart: of thousands, and beside those of other tests. */
async function settled(): Promise<void> {
  await eventually(namespaces, (count) => !(count > 500), 'the kernel still has this many network namespaces', 50);
}
