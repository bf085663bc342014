// Whose a link in a node is, the lab's or a program's, is told by its group: `up` and `watch` leave programs' alone.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import { down, Lab, planLab, type TopologyInput } from '../../src/library/index.ts';
import { HOST, labLinkGroup } from '../../src/state/index.ts';
import { parseList, run, sh } from '../support/command.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

interface IpLink {
  readonly ifname: string;
  readonly group: string;
}

const linksIn = (namespace: string): readonly IpLink[] =>
  parseList<IpLink>(run('ip', '-n', namespace, '-j', '-d', 'link')).filter(({ ifname }) => ifname !== 'lo');

const topology = (name: string): TopologyInput => ({
  name,
  networks: { lan: { subnet: '10.61.0.0/24', internet: true } },
  nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
});

/** What programs in node a make. */
const PROGRAMS = [
  'vx type vxlan id 9 dstport 4789',
  'mv link eth0 type macvlan mode bridge',
  'br0 type bridge',
  'v0 type veth peer name v1',
];
const THEIRS = ['br0', 'mv', 'v0', 'v1', 'vx'];

suite('links of nodes', { skip: skipWithoutRoot }, () => {
  const name = labName('own');
  const group = labLinkGroup(name);
  afterEach(() => down(name));

  test('are marked, where the lab made them', async () => {
    const lab = await Lab.up(topology(name));
    for (const [namespace, { links }] of Object.entries(lab.result!.compiled.state.namespaces)) {
      if (namespace === HOST) continue;
      const made = Object.keys(links).filter((link) => link !== 'lo');
      assert.deepEqual(
        new Map(linksIn(namespace).map((link) => [link.ifname, link.group])),
        new Map(made.map((link) => [link, String(group)])),
      );
    }
    assert.match(sh(`ip -d link show dev nw-${name}`), new RegExp(`group ${group}`));
  });

  test('stay, where a program made them, whatever their kind', async () => {
    await Lab.up(topology(name));
    for (const words of PROGRAMS) sh(`ip -n ${name}.a link add ${words}`);
    // The other end is where no lab is.
    sh(`ip netns add ${name}-pod`);
    try {
      sh(`ip -n ${name}.a link add pod type veth peer name eth0 netns ${name}-pod`);
      assert.deepEqual(planLab({ value: topology(name) }).operations, []);
      sh(`ip -n ${name}.a link set eth0 mtu 1400`);
      const { result } = await Lab.up(topology(name));
      assert.deepEqual(
        result!.operations.map(({ op }) => op),
        ['change-link'],
      );
      assert.deepEqual(
        linksIn(`${name}.a`)
          .map(({ ifname }) => ifname)
          .toSorted(),
        [...THEIRS, 'eth0', 'pod'].toSorted(),
      );
    } finally {
      sh(`ip netns del ${name}-pod`);
    }
  });

  test('go, where they are the lab’s and no longer wanted, and those of another lab do not', async () => {
    await Lab.up(topology(name));
    sh(`ip -n ${name}.a link add ours group ${group} type bridge`);
    sh(`ip -n ${name}.a link add theirs group ${labLinkGroup(`${name}-other`)} type bridge`);
    const { result } = await Lab.up(topology(name));
    assert.deepEqual(result!.operations, [{ op: 'delete-link', namespace: `${name}.a`, name: 'ours' }]);
    // A network that the topology no longer has.
    const both = { ...topology(name), networks: { ...topology(name).networks, old: { subnet: '10.62.0.0/24' } } };
    await Lab.up({ ...both, nodes: { ...both.nodes, b: { networks: ['lan', 'old'] } } });
    assert.ok(linksIn(name).some(({ ifname }) => ifname === 'old'));
    await Lab.up(topology(name));
    assert.ok(!linksIn(name).some(({ ifname }) => ifname === 'old'));
    assert.deepEqual(
      linksIn(`${name}.b`).map(({ ifname }) => ifname),
      ['eth0'],
    );
  });

  test('have the mark again when they are recreated, or when it was taken off', async () => {
    const lab = await Lab.up(topology(name));
    sh(`ip -n ${name}.a link del eth0`);
    sh(`ip -n ${name}.b link set eth0 group 5`);
    await Lab.up(topology(name));
    assertKernelIs(name, lab.result!.compiled.state);
  });

  test('are known by where they lead in a lab of before there was a mark, and get it', async () => {
    const lab = await Lab.up(topology(name));
    const { state } = lab.result!.compiled;
    for (const namespace of [name, `${name}.a`, `${name}.b`])
      for (const { ifname } of linksIn(namespace)) sh(`ip -n ${namespace} link set ${ifname} group default`);
    sh(`ip link set nw-${name} group default`);
    // Left of an earlier topology: a cable between its nodes, and a switch.
    sh(`ip link add left netns ${name}.a type veth peer name left netns ${name}.b`);
    sh(`ip -n ${name} link add left type bridge`);
    for (const words of PROGRAMS) sh(`ip -n ${name}.a link add ${words}`);
    const { result } = await Lab.up(topology(name));
    assert.deepEqual(
      result!.operations.filter(({ op }) => op === 'delete-link').length,
      2,
      JSON.stringify(result!.operations),
    );
    assert.deepEqual(
      linksIn(`${name}.a`)
        .map(({ ifname }) => ifname)
        .toSorted(),
      [...THEIRS, 'eth0'].toSorted(),
    );
    for (const link of ['vx', 'mv', 'br0', 'v0']) sh(`ip -n ${name}.a link del ${link}`);
    assertKernelIs(name, state);
    assert.deepEqual(planLab({ value: topology(name) }).operations, []);
  });
});
