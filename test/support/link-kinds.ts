// Links of every kind are made, changed and removed as planned, and are then what they should be to ip and to our reader.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import * as fc from 'fast-check';
import { execute, Kernel, tearDown } from '../../src/apply/index.ts';
import { doctor, type Finding } from '../../src/doctor/index.ts';
import { LAB_MARKS } from '../../src/host/index.ts';
import { ALL_KINDS, kindOf, type AnyKind, type AnyOptions } from '../../src/kinds/index.ts';
import { LabMounts } from '../../src/netns/index.ts';
import { observe } from '../../src/observe/index.ts';
import { plan, render, type Operation } from '../../src/plan/index.ts';
import { HOST, labLinkGroup, type LinkReference, type LinkState, type NetworkState } from '../../src/state/index.ts';
import { openFolder } from '../../src/store/index.ts';
import { attempt, feed, run } from './command.ts';
import { linkOptions } from './link-arbitrary.ts';
import { labName } from './names.ts';
import { skipWithoutRoot } from './privilege.ts';
import { assertKernelIs } from './witness.ts';

const vxlan = kindOf('vxlan');
/** Each takes a hundred times as long in the emulated machine. */
const RUNS = Number(process.env['NETWRIGHT_RUNS'] ?? (process.env['NETWRIGHT_VM'] === undefined ? 12 : 3));
const NOTHING: NetworkState = { namespaces: {} };
const EMPTY = { routes: [], rules: [], neighbours: [], sysctls: {}, tables: {}, files: {} };
const LO: LinkState = { kind: 'loopback', up: true, mtu: 65_536, addresses: [] };

/** A lab of two nodes, of which one has the link `x` and the other one to lie upon, as each has. */
class World {
  readonly name = labName('kind');
  readonly group = labLinkGroup(this.name);
  readonly #labMounts = new LabMounts(this.name);
  readonly bases: Readonly<Record<string, LinkState>> = {
    lo: LO,
    low: { kind: 'bridge', up: true, mtu: 1500, group: this.group, addrGenMode: 'none', addresses: [] },
  };

  constructor() {
    openFolder(this.#labMounts);
    mkdirSync('/etc/netns', { recursive: true });
  }

  /** @param links of node a besides, and of node b */
  state(links: Readonly<Record<string, LinkState>> = {}, ofB: Readonly<Record<string, LinkState>> = {}): NetworkState {
    const { name: lab } = this;
    return {
      namespaces: {
        [HOST]: { ...EMPTY, links: {} },
        [lab]: { ...EMPTY, owner: { lab }, links: { lo: LO } },
        [`${lab}.a`]: { ...EMPTY, owner: { lab, node: 'a' }, links: { ...this.bases, ...links } },
        [`${lab}.b`]: { ...EMPTY, owner: { lab, node: 'b' }, links: { ...this.bases, ...ofB } },
      },
    };
  }

  observe(foreign = false): NetworkState {
    return observe({ lab: this.name, foreign, host: { links: [], tables: [] }, sysctls: () => [] });
  }

  /** Makes the kernel be as wanted, and proves that it is. */
  async become(wanted: NetworkState): Promise<readonly Operation[]> {
    const operations = plan(wanted, this.observe());
    const kernel = new Kernel(this.#labMounts);
    try {
      await execute(kernel, operations, { done: 0 });
    } finally {
      kernel.close();
    }
    assert.deepEqual(plan(wanted, this.observe()), [], 'a second time there was something to do');
    assertKernelIs(this.name, wanted);
    return operations;
  }

  close(): void {
    tearDown([{ labMounts: this.#labMounts, host: { links: [], tables: [] } }], LAB_MARKS);
  }
}

/** The link `x` with its other end, if it has one. */
function linkOf(world: World, kind: AnyKind, options: AnyOptions | undefined, lower?: LinkReference): LinkState {
  const { name, pair } = kind;
  return {
    kind: name,
    up: true,
    // Smaller than that of the link below, by what tunnels add.
    mtu: lower?.name === 'x' ? 1300 : 1400,
    group: world.group,
    addrGenMode: 'none',
    addresses: [],
    ...(options === undefined ? {} : { options }),
    ...(lower === undefined ? {} : { lower }),
    ...(pair === undefined ? {} : { peer: { namespace: `${world.name}.b`, name: 'y' } }),
  } as unknown as LinkState;
}

/** What node b has of it: the other end. */
const farOf = (world: World, kind: AnyKind, link: LinkState): Record<string, LinkState> =>
  kind.pair === undefined ? {} : { y: { ...link, peer: { namespace: `${world.name}.a`, name: 'x' } } as LinkState };

const isMade = ({ madeBy }: AnyKind): boolean => madeBy !== 'kernel';

/** Whether the kernel has a kind, by ip's own trial: doctor is asked for nothing but what may be missing. */
const isMissing = (findings: readonly Finding[], { name }: AnyKind): boolean =>
  findings.find(({ id }) => id === `link-${name}`)?.status === 'warning';

interface ProveOptions {
  /** Kinds that this kernel is known to support; by default all. */
  readonly expected?: readonly string[];
  /** What this kernel was built without, as options of kinds name it. */
  readonly lacking?: readonly string[];
  /** Kinds to leave out, which are tested elsewhere. */
  readonly without?: readonly string[];
}

export function proveKinds({ expected, lacking = [], without = [] }: ProveOptions): void {
  suite('kinds of links', { skip: skipWithoutRoot }, () => {
    let findings: readonly Finding[] = [];
    before(async () => {
      findings = await doctor();
    });

    for (const kind of ALL_KINDS.filter((one) => isMade(one) && !without.includes(one.name))) {
      const { name, lower } = kind;
      /** Whether it can be tested; a kind that this kernel must have always is. */
      const isHere = (): boolean => (expected?.includes(name) ?? true) || !isMissing(findings, kind);

      test(`${name}: made, changed and removed`, { timeout: 240_000 }, async (t) => {
        if (!isHere()) return t.skip('this kernel does not support it');
        const world = new World();
        try {
          await world.become(world.state());
          await fc.assert(
            fc.asyncProperty(linkOptions(kind, lower !== undefined, lacking), async (options) => {
              const link = linkOf(world, kind, options, lower === undefined ? undefined : { name: 'low' });
              const wanted = world.state({ x: link }, farOf(world, kind, link));
              await world.become(wanted);
            }),
            { numRuns: RUNS, includeErrorInReport: true },
          );
          const [gone] = await world.become(world.state());
          assert.equal(gone?.op, 'delete-link');
        } finally {
          world.close();
        }
      });

      test(`${name}: the commands that are printed make it`, { timeout: 240_000 }, (t) => {
        if (!isHere()) return t.skip('this kernel does not support it');
        const samples = fc.sample(linkOptions(kind, lower !== undefined, lacking), {
          numRuns: Math.ceil(RUNS / 3),
          seed: 7,
        });
        for (const options of samples) {
          const world = new World();
          const link = linkOf(world, kind, options, lower === undefined ? undefined : { name: 'low' });
          const wanted = world.state({ x: link }, farOf(world, kind, link));
          try {
            feed(
              plan(wanted, NOTHING)
                .flatMap((op) => render(op))
                .join('\n'),
              'sh',
              '-eu',
            );
            assert.deepEqual(plan(wanted, world.observe(true)), []);
            assertKernelIs(world.name, wanted);
          } finally {
            for (const namespace of Object.keys(wanted.namespaces))
              if (namespace !== HOST) attempt('ip', 'netns', 'del', namespace);
            world.close();
          }
        }
      });

      if (lower === undefined) continue;

      test(`${name}: upon a link of another namespace, of the host, and upon one that is recreated`, async (t) => {
        if (!isHere()) return t.skip('this kernel does not support it');
        const world = new World();
        const link = (below: LinkReference): LinkState => linkOf(world, kind, kind.trial, below);
        run('ip', 'link', 'add', 'nw-below', 'type', 'bridge');
        run('ip', 'link', 'set', 'nw-below', 'up');
        try {
          const elsewhere = { namespace: `${world.name}.b`, name: 'low' };
          await world.become(world.state({ x: link(elsewhere) }));
          await world.become(world.state({ x: link({ namespace: HOST, name: 'nw-below' }) }));
          // Made in one go, in whatever order the links are written.
          const above = linkOf(world, vxlan, { id: 2, port: 4790 }, { name: 'x' });
          const upon = { above, x: link({ name: 'low' }) };
          await world.become(world.state(upon));
          const moved = {
            kind: 'veth',
            up: true,
            mtu: 1500,
            group: world.group,
            addrGenMode: 'none',
            addresses: [],
          } as const;
          const low: LinkState = { ...moved, peer: { namespace: `${world.name}.b`, name: 'far' } };
          const far: LinkState = { ...moved, peer: { namespace: `${world.name}.a`, name: 'low' } };
          await world.become(world.state({ ...upon, low }, { far }));
        } finally {
          world.close();
          run('ip', 'link', 'del', 'nw-below');
        }
      });
    }
  });
}
