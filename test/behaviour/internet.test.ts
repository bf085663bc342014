// A lab with internet reaches the world through the host, in the host's name; the world does not reach the lab. The
// world is a namespace of no lab, on a cable to a host that is this test's own.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { Lab, type Node } from '../../src/library/index.ts';
import { sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

const HOST = { 4: '203.0.113.1', 6: '2001:db8:77::1' };
const WORLD = { 4: '203.0.113.10', 6: '2001:db8:77::10' };

/** Says to whoever connects, on TCP and UDP, by which address it knows them. */
const MIRROR = `
require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.end(socket.remoteAddress.replace('::ffff:', ''));
}).listen(7000, '::', () => console.log('ready'));
const udp = require('node:dgram').createSocket('udp6');
udp.on('message', (message, from) => udp.send(from.address.replace('::ffff:', ''), from.port, from.address)).bind(7000, '::');
`;
/** Connects, and says what is said to it, or the error's code, or that nothing was said for some milliseconds. */
const ASK = `
const [host, timeout] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port: 7000, timeout: Number(timeout) });
socket.on('data', (data) => console.log(String(data))).on('error', (error) => console.log(error.code));
socket.on('timeout', () => { console.log('silence'); socket.destroy(); });
`;
const ASK_UDP = `
const [host, timeout] = process.argv.slice(1);
const socket = require('node:dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4');
socket.on('message', (message) => { console.log(String(message)); socket.close(); });
socket.send('who am I', 7000, host);
setTimeout(() => { console.log('silence'); process.exit(); }, Number(timeout)).unref();
`;

/** How long to wait for an answer that is to come, and for one that is not. */
const [LONG, SHORT] = ['20000', '700'];

const ask = async (from: Node, address: string, script = ASK, patience = LONG): Promise<string> =>
  (await from.exec(process.execPath, ['-e', script, address, patience])).stdout.trim();

suite('a lab with internet', { skip: skipWithoutRoot }, () => {
  const world = labName('world');
  const programs: ChildProcess[] = [];
  let untouched: HostSnapshot;
  let lab: Lab;
  let node: (name: string) => Node;

  const askFromWorld = async (address: string, script = ASK, patience = SHORT): Promise<string> => {
    const asking = spawn('ip', ['netns', 'exec', world, process.execPath, '-e', script, address, patience], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [answer] = (await once(asking.stdout, 'data')) as [Buffer];
    return String(answer).trim();
  };
  const serve = async (program: ChildProcess): Promise<void> => {
    programs.push(program);
    await once(program.stdout!, 'data');
  };

  before(async () => {
    sh(`ip netns add ${world}`);
    sh(`ip link add world type veth peer name host netns ${world}`);
    // Its link-local address would be tentative at first, and the host not the same a second later.
    sh('ip link set world addrgenmode none');
    sh(`ip address add ${HOST[4]}/24 dev world`);
    sh(`ip address add ${HOST[6]}/64 dev world nodad`);
    sh('ip link set world up');
    sh(`ip -n ${world} address add ${WORLD[4]}/24 dev host`);
    sh(`ip -n ${world} address add ${WORLD[6]}/64 dev host nodad`);
    sh(`ip -n ${world} link set host up`);
    // This host is a router already, as far as IPv6 is concerned: a lab would not make it one.
    sh('sysctl -q net.ipv6.conf.all.forwarding=1');
    const warm = await Lab.up({
      name: labName('warm'),
      networks: { lan: { subnet: '10.50.0.0/24', internet: true } },
      nodes: { a: { networks: ['lan'] } },
    });
    await warm.node('a').exec('true');
    await warm.down();
    untouched = snapshotHost();
    lab = await Lab.up({
      name: labName('inet'),
      networks: {
        one: { subnet: ['10.51.0.0/24', 'fd51::/64'], internet: true },
        two: { subnet: ['10.52.0.0/24', 'fd52::/64'], internet: true },
        inside: { subnet: '10.53.0.0/24', gateway: 'router' },
      },
      nodes: {
        a: { networks: ['one'] },
        a2: { networks: ['one'] },
        b: { networks: ['two'] },
        own: { internet: true },
        open: { internet: true, firewall: { input: { allow: [{ from: 'internet', tcp: 7000 }] } } },
        router: { networks: ['inside'], internet: true, forward: true },
        deep: { networks: ['inside'] },
      },
    });
    assertKernelIs(lab.name, lab.result!.compiled.state);
    node = (name) => lab.node(name);
    // Whoever could, would find the way: nothing but the lab's own rules may keep the world out.
    for (const subnet of ['10.51.0.0/24', '10.52.0.0/24', '10.53.0.0/24', '198.18.0.0/15'])
      sh(`ip -n ${world} route add ${subnet} via ${HOST[4]}`);
    sh(`ip -n ${world} route add fd00::/8 via ${HOST[6]}`);
    await serve(
      spawn('ip', ['netns', 'exec', world, process.execPath, '-e', MIRROR], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    for (const name of ['a2', 'b', 'own', 'open', 'router', 'deep'])
      await serve(node(name).spawn(process.execPath, ['-e', MIRROR], { stdio: ['ignore', 'pipe', 'inherit'] }));
  });

  after(async () => {
    for (const program of programs) program.kill('SIGKILL');
    await lab.down();
    await assertUnchanged(untouched);
    sh(`ip netns del ${world}`);
  });

  for (const name of ['a', 'b', 'own', 'router', 'deep']) {
    test(`${name} reaches the world, which knows it by the host’s address`, async () => {
      assert.equal(await ask(node(name), WORLD[4]), HOST[4], 'TCP');
      assert.equal(await ask(node(name), WORLD[4], ASK_UDP), HOST[4], 'UDP');
      const ping = await node(name).exec('ping', ['-c2', '-i0.05', '-W5', WORLD[4]]);
      assert.equal(ping.status, 0, ping.stdout);
    });
  }

  for (const name of ['a', 'own']) {
    test(`${name} reaches the world by IPv6`, async () => {
      assert.equal(await ask(node(name), WORLD[6]), HOST[6], 'TCP');
      const ping = await node(name).exec('ping', ['-c1', '-W5', WORLD[6]]);
      assert.equal(ping.status, 0, ping.stdout);
    });
  }

  test('nothing but the host’s own addresses is ever seen outside', async () => {
    const dump = spawn('tcpdump', ['-nn', '-l', '--immediate-mode', '-i', 'world', 'ip or ip6 and not icmp6'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    programs.push(dump);
    let seen = '';
    dump.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
    await once(dump.stderr, 'data');
    for (const name of ['a', 'own', 'deep']) await ask(node(name), WORLD[4]);
    await ask(node('a'), WORLD[6]);
    // The last of it.
    await eventually(
      () => seen,
      (text) => text.includes(`IP6 ${WORLD[6]}.7000 > ${HOST[6]}`),
      'not all is seen',
    );
    const ended = once(dump, 'close');
    dump.kill('SIGINT');
    await ended;
    const senders = new Set([...seen.matchAll(/IP6? (\S+)\.\d+ > /g)].map(([, address]) => address!));
    assert.deepEqual(senders, new Set([HOST[6], WORLD[6], HOST[4], WORLD[4]]), seen);
  });

  const addressesOf = (...names: string[]): string[] =>
    names.flatMap((name) => node(name).addresses.map((address) => address.split('/')[0]!));
  const REFUSED = /^(silence|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED)$/;

  test('the world opens no connection into its networks', async () => {
    for (const target of addressesOf('a2', 'b'))
      assert.match(await askFromWorld(target), REFUSED, `${target} answered`);
  });

  test('the world reaches a node with an uplink of its own only where its firewall says so', async () => {
    // The host and the world know the way to the node itself, and through it to what is behind.
    const gateway = node('router').interfaces.at(-1)!.addresses[0]!.split('/')[0]!;
    sh(`ip route add 10.53.0.0/24 via ${gateway}`);
    const [open, guarded] = [addressesOf('open'), addressesOf('own', 'router', 'deep')];
    const answers = await Promise.all(
      [...open, ...guarded].flatMap((target) =>
        [ASK, ASK_UDP].map(async (script) => {
          const isLetIn = open.includes(target) && script === ASK;
          return { target, isLetIn, answer: await askFromWorld(target, script, isLetIn ? LONG : SHORT) };
        }),
      ),
    );
    for (const { target, isLetIn, answer } of answers) {
      if (isLetIn) assert.equal(answer, WORLD[target.includes(':') ? 6 : 4], target);
      else assert.match(answer, REFUSED, `${target} answered`);
    }
    for (const target of [...open, ...guarded])
      assert.notEqual(spawnSync('ping', ['-c1', '-W0.2', target]).status, 0, `${target} answered the host`);
    assert.equal(node('open').firewall()?.input?.rules[0]?.packets, open.length);
    sh(`ip route del 10.53.0.0/24 via ${gateway}`);
  });

  test('two of its networks are not routed to each other', async () => {
    assert.equal(await ask(node('a'), '10.51.0.3'), '10.51.0.2', 'neighbours on a network reach each other');
    for (const target of addressesOf('b'))
      assert.match(await ask(node('a'), target, ASK, SHORT), REFUSED, `${target} answered`);
  });
});
