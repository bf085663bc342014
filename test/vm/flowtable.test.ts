// A router with a flowtable, on a kernel that has them: connections that its firewall lets through, or that it masquerades,
// go by it, and everything is as nft would have made it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { before, test } from 'node:test';
import { doctor } from '../../src/doctor/index.ts';
import { Lab, planLab, snapshot, type TopologyInput } from '../../src/library/index.ts';
import { run, sh } from '../support/command.ts';
import { assertUnchanged, snapshotHost } from '../support/host.ts';
import { assertKernelIs } from '../support/witness.ts';

const NAME = 'flows';

const world = (router: NonNullable<TopologyInput['nodes']>[string]): TopologyInput => ({
  name: NAME,
  networks: {
    lan: { subnet: ['10.1.0.0/24', 'fd01::/64'], gateway: 'router' },
    wan: { subnet: ['192.0.2.0/24', 'fd02::/64'], gateway: 'router' },
  },
  nodes: { a: { networks: ['lan'] }, router: { networks: ['lan', 'wan'], ...router }, b: { networks: ['wan'] } },
});

const firewall = { forward: { default: 'deny', allow: [{ from: 'lan', to: 'wan', tcp: 80 }, { udp: 53 }] } } as const;

/** The connections of the router that its flowtable has. */
const offloaded = (protocol: string): string[] =>
  [4, 6].flatMap((family) =>
    run('ip', 'netns', 'exec', `${NAME}.router`, 'conntrack', '-L', '-f', `ipv${family}`, '-p', protocol)
      .split('\n')
      .filter((line) => line.includes('[OFFLOAD]')),
  );

/** Sends a stream from a that comes back; gives what `look` sees while the connection lasts. */
async function stream<T>(lab: Lab, host: string, look: () => T): Promise<T> {
  const socket = await lab.node('a').connect({ host, port: 80 });
  let received = 0;
  socket.on('data', (chunk: Buffer) => (received += chunk.length));
  const sent = Buffer.alloc(1 << 16);
  socket.write(sent);
  while (received < sent.length) await once(socket, 'data');
  const seen = look();
  socket.destroy();
  return seen;
}

/** Up, like what is wanted, up again with nothing to do, described again, and like it once a cable was cut. */
async function assertStands(topology: TopologyInput): Promise<Lab> {
  const lab = await Lab.up(topology);
  const { state } = lab.result!.compiled;
  assertKernelIs(NAME, state);
  assert.deepEqual(planLab({ value: topology }).operations, []);
  const { topology: described, notes } = snapshot(NAME);
  assert.deepEqual(notes, []);
  assert.deepEqual(described.nodes!['router']!.forward, { flowtable: true });
  assert.deepEqual(planLab({ value: described }).operations, []);
  sh(`ip -n ${NAME}.router link delete eth0`);
  await Lab.up(topology);
  assertKernelIs(NAME, state, 'after its cable was cut');
  return lab;
}

// The first namespace of a machine that ip makes leaves a mount on /run/netns.
before(() => {
  sh('ip netns add warm');
  sh('ip netns delete warm');
});

test('the doctor finds flowtables', async () => {
  const found = (await doctor()).find(({ id }) => id === 'flowtables');
  assert.equal(found?.status, 'ok', JSON.stringify(found));
});

test('connections go by the flowtable once the firewall has let them through', async () => {
  const untouched = snapshotHost();
  const lab = await assertStands(world({ forward: { flowtable: true }, firewall }));
  const echo = lab.node('b').listen({ port: 80 }, (socket) => socket.pipe(socket));
  for (const address of ['192.0.2.2', 'fd02::2']) {
    const seen = await stream(lab, address, () => offloaded('tcp'));
    assert.equal(seen.length, 1, `${address}: ${seen.join('\n')}`);
    assert.ok(seen[0]!.includes(`dst=${address} sport=`), seen[0]);
  }
  echo.close();
  await assert.rejects(lab.node('a').connect({ host: '192.0.2.2', port: 81, timeout: 500 }));

  const server = lab.node('b').udp({ port: 53 });
  server.on('message', (text, { port, address }) => server.send(text, port, address));
  const client = lab.node('a').udp();
  for (let i = 0; i < 4; i++) {
    client.send('ping', 53, '192.0.2.2');
    await once(client, 'message');
  }
  assert.equal(offloaded('udp').length, 1);
  client.close();
  server.close();

  await lab.down();
  await assertUnchanged(untouched);
});

test('and so do those that are masqueraded', async () => {
  const untouched = snapshotHost();
  const topology = world({ forward: { flowtable: true }, internet: true });
  const lab = await Lab.up(topology);
  assert.deepEqual(planLab({ value: topology }).operations, []);
  const { namespaces } = lab.result!.compiled.state;
  const addressOf = (namespace: string, link: string): string =>
    /^[0-9.]+(?=\/)/m.exec(namespaces[namespace]!.links[link]!.addresses.map(({ address }) => address).join('\n'))![0];
  const host = addressOf('', `nw-${NAME}`);
  const server = createServer((socket) => socket.pipe(socket)).listen(80, host);
  await once(server, 'listening');
  const [seen, ...more] = await stream(lab, host, () => offloaded('tcp'));
  server.close();
  assert.ok(seen !== undefined && more.length === 0, more.join('\n'));
  assert.ok(seen.includes(`src=${addressOf(`${NAME}.a`, 'eth0')} dst=${host} `), seen);
  assert.ok(seen.includes(`src=${host} dst=${addressOf(`${NAME}.router`, 'uplink')} `), seen);
  await lab.down();
  await assertUnchanged(untouched);
});
