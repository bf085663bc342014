// Killed at any instant, with the signal that nothing can handle, a lab needs no more than `up` to be finished or `down`
// to be gone.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { afterEach, before, suite, test } from 'node:test';
import { down, Lab, planLab } from '../../src/library/index.ts';
import { Random } from '../fuzz/random.ts';
import type { Orders } from '../support/bring-up.ts';
import { bringUp, Child } from '../support/child.ts';
import { elapse } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { onlyIn, settingsOf } from '../support/sheets.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

const small = (name: string): Orders['topology'] => ({
  name,
  networks: { lan: { subnet: ['10.31.0.0/24', 'fd31::/64'], internet: true } },
  nodes: {
    a: { networks: ['lan'], routes: ['blackhole 192.0.2.0/24'], sysctls: { 'net.ipv4.ip_default_ttl': 33 } },
    b: { internet: true, forward: true },
  },
  links: [{ between: ['a', 'b.a-name-of-its'], subnet: '10.32.0.0/30' }],
});

/** Takes long enough to bring up that an instant can be hit. */
const large = (name: string): Orders['topology'] => ({
  name,
  networks: { lan: { subnet: ['10.33.0.0/16', 'fd33::/64'], internet: true } },
  nodes: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`n${i}`, { networks: ['lan'] }])),
});

/** Processes that were started, to be ended with the test. */
const children: Child[] = [];

/** How many builders are killed at instants of their work; a third as many of those that take a lab down. */
const KILLS = Number(process.env['NETWRIGHT_KILLS'] ?? 120);

suite('a lab whose builder is killed', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;

  before(async () => {
    await using lab = await Lab.up(small(labName('warm')));
    await lab.down();
    untouched = snapshotHost();
  });

  /** Half of the time finishes what the dead process began, and always removes it. */
  async function mend(topology: Orders['topology'], finish: boolean, message: string): Promise<void> {
    if (finish) {
      const lab = await Lab.up(topology);
      assertKernelIs(lab.name, lab.result!.compiled.state, message);
      const again = await Lab.up(topology);
      assert.deepEqual(again.result!.operations, [], message);
    }
    await down(topology.name);
    // The next process has been started.
    await assertUnchanged(untouched, ['open descriptors']);
  }

  afterEach(() => {
    for (const child of children.splice(0)) child.kill();
  });

  test('after any of its operations', async () => {
    const topology = small(labName('step'));
    const whole = await bringUp({ topology, pause: 0 });
    await down(topology.name);
    const operations = whole!.operations!;
    assert.ok(operations > 30, `it took ${operations} operations`);
    const turns = startedAhead(operations, (i) => new Child({ topology, killAfter: i + 1 }));
    for (let killAfter = 1; killAfter <= operations; killAfter++) {
      const child = turns.next().value!;
      await child.begin();
      assert.equal(await child.outcome(), undefined);
      await mend(topology, killAfter % 2 === 0, `killed after operation ${killAfter} of ${operations}`);
    }
  });

  test('after an operation of an edit that sets something, the first, or the last: nothing of what was before is left', async () => {
    const before = small(labName('edit'));
    const after: Orders['topology'] = {
      name: before.name,
      networks: { lan: { subnet: ['10.31.0.0/24', 'fd31::/64'] } },
      nodes: { a: { networks: ['lan'], sysctls: { 'net.ipv6.conf.default.hop_limit': 3 } }, b: { networks: ['lan'] } },
    };
    const { compiled } = (await Lab.up(after)).result!;
    const fresh = settingsOf(compiled.state);
    await down(after.name);
    await Lab.up(before);
    const { operations } = planLab({ value: after });
    const last = operations.length - 1;
    const instants = operations.flatMap(({ op }, i) => (op === 'set-sysctl' || i === 0 || i === last ? [i + 1] : []));
    assert.ok(instants.length > 7, `${instants.length} instants`);
    const turns = startedAhead(instants.length, (i) => new Child({ topology: after, killAfter: instants[i]! }));
    for (const killAfter of instants) {
      await Lab.up(before);
      const child = turns.next().value!;
      await child.begin();
      assert.equal(await child.outcome(), undefined);
      await Lab.up(after);
      const message = `killed after operation ${killAfter} of ${operations.length}`;
      assertKernelIs(after.name, compiled.state, message);
      assert.deepEqual(onlyIn(settingsOf(compiled.state), fresh), [], message);
    }
    await down(after.name);
    await assertUnchanged(untouched, ['open descriptors']);
  });

  for (const [what, begin] of [
    ['being brought up', undefined],
    ['being taken down', async (topology: Orders['topology']) => void (await Lab.up(topology))],
  ] as const) {
    test(`at any instant while it is ${what}`, async (t) => {
      const topology = large(labName('instant'));
      const isDown = begin !== undefined;
      await begin?.(topology);
      const whole = await bringUp({ topology, down: isDown });
      await down(topology.name);
      let { milliseconds } = whole as { milliseconds: number };
      const seed = Date.now() % 1_000_000;
      const random = new Random(seed);
      let killed = 0;
      const runs = isDown ? Math.ceil(KILLS / 3) : KILLS;
      const turns = startedAhead(runs, () => new Child({ topology, down: isDown }));
      for (let run = 0; run < runs; run++) {
        await begin?.(topology);
        const child = turns.next().value!;
        await child.begin();
        const delay = ((run + random.below(1000) / 1000) / runs) * milliseconds;
        await elapse(delay);
        child.kill();
        const outcome = await child.outcome();
        if (outcome === undefined) killed++;
        // The machine has more time for it than it had.
        else milliseconds = outcome.milliseconds ?? milliseconds;
        await mend(topology, run % 3 === 0, `killed ${delay} ms after it began, seed ${seed}`);
      }
      t.diagnostic(`${killed} of ${runs} died within the ${Math.round(milliseconds)} ms that it takes`);
      assert.ok(killed > runs / 4, `only ${killed} of ${runs} died in time`);
    });
  }
});

/** Processes whose turn comes one after the other, each started while the one before it is looked at. */
function* startedAhead(count: number, startOne: (i: number) => Child): Generator<Child, undefined> {
  const start = (i: number): Child => {
    const child = startOne(i);
    children.push(child);
    return child;
  };
  let next: Child | undefined = start(0);
  for (let i = 1; next !== undefined; i++) {
    const child = next;
    next = i < count ? start(i) : undefined;
    yield child;
  }
  return undefined;
}
