// Ports of the host that lead to nodes: from the host, from outside, from another lab and from the nodes themselves, with
// the source address that the node sees. The outside is a namespace of no lab, on a cable to a host that is this test's own.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import type { Ip } from '../../src/addr/index.ts';
import { AF_INET, libc, SOCK_CLOEXEC, SOCK_RAW } from '../../src/ffi/index.ts';
import { sockaddr } from '../../src/sockets/sockaddr.ts';
import {
  Lab,
  list,
  listPublished,
  planLab,
  snapshot,
  watch,
  type Node,
  type Operation,
} from '../../src/library/index.ts';
import { savedTopology } from '../../src/store/saved-topology.ts';
import { openNamespace, within } from '../../src/netns/index.ts';
import { hostLinkName } from '../../src/topology/index.ts';
import { attempt, run, sh } from '../support/command.ts';
import { eventually, staysSo } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const HOST = { 4: '203.0.113.1', 6: '2001:db8:77::1' };
const WORLD = { 4: '203.0.113.10', 6: '2001:db8:77::10' };

/** Says to whoever connects, on TCP and UDP of both families, by which address it knows them. A line over TCP is echoed. */
const MIRROR = `
const net = require('node:net'), dgram = require('node:dgram');
const bare = (address) => address.replace('::ffff:', '');
let left = 0;
const ready = () => { if (--left === 0) console.log('ready'); };
for (const port of process.argv.slice(1).map(Number)) {
  left += 3;
  net.createServer((socket) => {
    socket.on('error', () => {});
    socket.write(bare(socket.remoteAddress) + '\\n');
    socket.on('data', (data) => socket.write(data));
  }).listen(port, '::', ready);
  for (const [kind, any] of [['udp4', '0.0.0.0'], ['udp6', '::']]) {
    const udp = dgram.createSocket({ type: kind, ipv6Only: kind === 'udp6' });
    udp.on('message', (message, from) => udp.send(from.address, from.port, from.address)).bind(port, any, ready);
  }
}
`;
/** Asks over TCP or UDP, and prints the answer, or the error's code, or that there is none. */
const ASK = `
const [protocol, host, port, patience] = process.argv.slice(1);
const end = (text) => { console.log(text); process.exit(); };
if (protocol === 'udp') {
  const socket = require('node:dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message) => end(String(message))).on('error', (error) => end(error.code));
  socket.connect(Number(port), host, () => socket.send('who am I'));
} else {
  const socket = require('node:net').connect({ host, port: Number(port) });
  socket.on('data', (data) => end(String(data).trim())).on('error', (error) => end(error.code));
}
setTimeout(() => end('silence'), Number(patience));
`;

const answerOf = async (child: ChildProcess): Promise<string> => {
  const [answer] = (await once(child.stdout!, 'data')) as [Buffer];
  return String(answer).trim();
};

const uplinkOf = (node: Node): { 4: string; 6: string } => {
  const [v4, v6] = node.interfaces.at(-1)!.addresses.map((address) => address.split('/')[0]!);
  return { 4: v4!, 6: v6! };
};

const IPPROTO_RAW = 255;

/** A datagram without a checksum, with the header that the kernel is to send it with. */
function udpPacket(from: string, to: string, port: number): Uint8Array {
  const packet = Buffer.alloc(29);
  packet.set([0x45, 0, 0, packet.length, 0, 0, 0, 0, 64, 17]);
  packet.set(from.split('.').map(Number), 12);
  packet.set(to.split('.').map(Number), 16);
  packet.writeUInt16BE(4444, 20);
  packet.writeUInt16BE(port, 22);
  packet.writeUInt16BE(packet.length - 20, 24);
  return packet;
}

/** What conntrack(8) says of the flows to a port. */
const tracked = (port: number): string => run('conntrack', '-L', '-p', 'udp', '--orig-port-dst', String(port));

const IPPROTO_SCTP = 132;

/** A packet that begins an association (RFC 9260, sections 3.1 and 3.3.2). */
function sctpInit(from: number, to: number): Uint8Array {
  const packet = Buffer.alloc(32);
  packet.writeUInt16BE(from, 0);
  packet.writeUInt16BE(to, 2);
  packet.set([1, 0, 0, 20], 12);
  packet.writeUInt32BE(1, 16);
  packet.writeUInt32BE(65_536, 20);
  packet.set([0, 1, 0, 1], 24);
  packet.writeUInt32LE(crc32c(packet), 8);
  return packet;
}

/** RFC 9260, appendix A. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

suite('published ports', { skip: skipWithoutRoot }, () => {
  const world = labName('world');
  const [name, otherName] = [labName('pub'), labName('other')];
  const topology = {
    name,
    networks: { lan: { subnet: ['10.61.0.0/24', 'fd61::/64'], gateway: 'router' } },
    nodes: {
      router: { networks: ['lan'], forward: true },
      // Its default route leads to the router, and its answers to whoever came by the host.
      web: {
        networks: ['lan'],
        publish: ['8080:80', '3000-3003:3000-3003', '127.0.0.1:5353:53/udp', '[::1]:6666:80'],
      },
      // It has none, and a server that answers from no address in particular gets the uplink's.
      dns: { publish: ['5300:53/udp'] },
      out: { internet: true, publish: ['8081:80'] },
    },
  };
  const programs: ChildProcess[] = [];
  let untouched: HostSnapshot;
  let lab: Lab;
  let other: Lab;
  let gateway: { 4: string; 6: string };
  const own: Record<string, { 4: string; 6: string }> = {};

  type From = Node | 'host' | 'world';
  const ask = (from: From, protocol: string, host: string, port: number, patience = 20_000): Promise<string> => {
    const command = [process.execPath, '-e', ASK, protocol, host, String(port), String(patience)];
    if (from === 'host')
      return answerOf(spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] }));
    if (from === 'world')
      return answerOf(spawn('ip', ['netns', 'exec', world, ...command], { stdio: ['ignore', 'pipe', 'inherit'] }));
    return answerOf(from.spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] }));
  };
  const serve = async (node: Node, ...ports: number[]): Promise<void> => {
    const program = node.spawn(process.execPath, ['-e', MIRROR, ...ports.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    programs.push(program);
    await once(program.stdout!, 'data');
  };

  before(async () => {
    sh(`ip netns add ${world}`);
    sh(`ip link add world type veth peer name host netns ${world}`);
    sh('ip link set world addrgenmode none');
    sh(`ip address add ${HOST[4]}/24 dev world`);
    sh(`ip address add ${HOST[6]}/64 dev world nodad`);
    // It asks for its neighbours by it.
    sh('ip address add fe80::1/64 dev world nodad');
    sh('ip link set world up');
    sh(`ip -n ${world} address add ${WORLD[4]}/24 dev host`);
    sh(`ip -n ${world} address add ${WORLD[6]}/64 dev host nodad`);
    sh(`ip -n ${world} link set host up`);
    sh('sysctl -q net.ipv6.conf.all.forwarding=1');
    const warm = await Lab.up({ name: labName('warm'), nodes: { a: { publish: ['1:1'] } } });
    await warm.node('a').exec('true');
    // Inotify's descriptor is opened once and kept.
    const looked = new AbortController();
    await watch(warm.name, { onDrift: () => {}, onReady: () => looked.abort(), signal: looked.signal });
    await warm.down();
    untouched = snapshotHost();
    lab = await Lab.up(topology);
    other = await Lab.up({
      name: otherName,
      networks: { x: { subnet: 'fd62::/64' } },
      nodes: { far: { internet: true }, x: { networks: ['x'] } },
    });
    await serve(lab.node('web'), 80, 53, 3003);
    await serve(lab.node('dns'), 53);
    await serve(lab.node('out'), 80);
    const addresses = sh(`ip -o address show dev ${hostLinkName(name)} scope global`);
    gateway = {
      4: /inet ([\d.]+)/.exec(addresses)![1]!,
      6: /inet6 ([\da-f:]+)/.exec(addresses)![1]!,
    };
    for (const node of ['web', 'dns', 'out']) own[node] = uplinkOf(lab.node(node));
    own['far'] = uplinkOf(other.node('far'));
  });

  after(async () => {
    for (const program of programs) program.kill();
    await lab.down();
    await other.down();
    await assertUnchanged(untouched);
    sh('ip link del world');
    sh(`ip netns del ${world}`);
  });

  test('the host: at every address, loopback too', async () => {
    const asked = await Promise.all([
      ask('host', 'tcp', HOST[4], 8080),
      ask('host', 'tcp', HOST[6], 8080),
      ask('host', 'tcp', gateway[4], 8080),
      ask('host', 'tcp', '127.0.0.1', 8080),
      ask('host', 'tcp', '127.9.9.9', 8081),
      ask('host', 'tcp', '::1', 8080),
      ask('host', 'udp', HOST[4], 5300),
      ask('host', 'udp', '127.0.0.1', 5300),
      ask('host', 'udp', '::1', 5300),
      ask('host', 'tcp', HOST[4], 3003),
    ]);
    // What the loopback sends comes from the host's end of the cable: nobody could answer 127.0.0.1 or ::1.
    assert.deepEqual(asked, [
      HOST[4],
      HOST[6],
      gateway[4],
      gateway[4],
      gateway[4],
      gateway[6],
      HOST[4],
      gateway[4],
      gateway[6],
      HOST[4],
    ]);
  });

  test('one address alone', async () => {
    assert.equal(await ask('host', 'udp', '127.0.0.1', 5353), gateway[4]);
    assert.equal(await ask('host', 'udp', HOST[4], 5353), 'ECONNREFUSED');
    assert.equal(await ask('host', 'tcp', '::1', 6666), gateway[6]);
    assert.equal(await ask('host', 'tcp', HOST[6], 6666), 'ECONNREFUSED');
    assert.equal(await ask('world', 'udp', HOST[4], 5353), 'ECONNREFUSED');
    // One that the host has not is somebody else's, also for what passes through the host, or leaves it.
    await lab.node('out').publish(`${WORLD[4]}:9999:80`);
    assert.equal(await ask('host', 'tcp', WORLD[4], 9999), 'ECONNREFUSED');
    const elsewhere = {
      name: labName('no'),
      nodes: { a: { publish: [`${WORLD[4]}:1:1`, `${HOST[4]}:1:1`, '127.0.0.9:1:1'] } },
    };
    assert.deepEqual(planLab({ value: elsewhere }).warnings, [
      `${WORLD[4]}:1:1 is published at ${WORLD[4]}, which is not an address of the host: it is unreachable there`,
    ]);
    await lab.node('out').unpublish(`${WORLD[4]}:9999:80`);
  });

  test('one address alone, also for those who know the way past it', async () => {
    const web = lab.node('web');
    const at = own['web']!;
    sh(`ip -n ${world} route add ${at[4]} via ${HOST[4]}`);
    sh(`ip -n ${world} route add ${at[6]} via ${HOST[6]}`);
    // Nothing but the network card keeps a neighbour from sending to the loopback.
    run('ip', 'netns', 'exec', world, 'sysctl', '-q', 'net.ipv4.conf.host.route_localnet=1');
    sh(`ip -n ${world} route add 127.0.0.1 via ${HOST[4]}`);
    const silent = async (): Promise<void> => {
      const asked = await Promise.all([
        ask('world', 'tcp', at[4], 80, 700),
        ask('world', 'tcp', at[6], 80, 700),
        ask(other.node('far'), 'tcp', at[4], 80, 700),
        ask('world', 'udp', '127.0.0.1', 5353, 700),
      ]);
      assert.deepEqual(asked, ['silence', 'silence', 'silence', 'silence']);
    };
    await silent();
    // Where the node's firewall says what comes in, it does.
    await web.setFirewall({ input: { allow: [{ from: 'internet', tcp: 80 }] } });
    assert.equal(await ask('world', 'tcp', at[4], 80), WORLD[4]);
    assert.equal(await ask('world', 'tcp', at[6], 80), WORLD[6]);
    assert.deepEqual(planLab({ value: savedTopology(name)! }).operations, []);
    await web.setFirewall(undefined);
    assert.deepEqual(planLab({ value: topology }).operations, []);
    await silent();
  });

  test('nobody in a lab sends as the host’s loopback', async () => {
    await using spoof = await Lab.up({
      name: labName('spoof'),
      nodes: { a: { internet: true, publish: ['9600:80'] } },
    });
    const a = spoof.node('a');
    const heard: string[] = [];
    const server = createSocket('udp4').bind(7070);
    server.on('message', (_, { address }) => heard.push(address));
    await once(server, 'listening');
    try {
      await a.exec('nft', ['flush', 'ruleset']);
      await a.exec('sysctl', ['-q', 'net.ipv4.conf.all.route_localnet=1']);
      const socket = a.within(() => libc.socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
      const to = uplinkOf(a)[4].replace(/\d+$/, (last) => String(Number(last) - 2));
      for (const from of ['127.0.0.5', '198.51.100.7'])
        libc.sendto(socket, udpPacket(from, to, 7070), 0, sockaddr(to as Ip, 0));
      libc.close(socket);
      await eventually(
        () => heard,
        ({ length }) => length > 0,
        'nothing is heard',
      );
      assert.deepEqual(heard, ['198.51.100.7']);
    } finally {
      server.close();
    }
  });

  test('the outside, by its own address, both families', async () => {
    // With no way back but the host that it asked.
    const asked = await Promise.all([
      ask('world', 'tcp', HOST[4], 8080),
      ask('world', 'tcp', HOST[6], 8080),
      ask('world', 'udp', HOST[4], 5300),
      ask('world', 'udp', HOST[6], 5300),
      ask('world', 'tcp', HOST[4], 8081),
      ask('world', 'tcp', HOST[6], 8081),
    ]);
    assert.deepEqual(asked, [WORLD[4], WORLD[6], WORLD[4], WORLD[6], WORLD[4], WORLD[6]]);
  });

  test('another lab, by its node’s address', async () => {
    const far = other.node('far');
    assert.equal(await ask(far, 'tcp', HOST[4], 8080), own['far']![4]);
    assert.equal(await ask(far, 'tcp', HOST[6], 8080), own['far']![6]);
    assert.equal(await ask(far, 'udp', gateway[4], 5300), own['far']![4]);
  });

  test('the node itself, and others of its lab', async () => {
    const [web, out] = [lab.node('web'), lab.node('out')];
    assert.equal(await ask(web, 'tcp', gateway[4], 8080), gateway[4]);
    assert.equal(await ask(web, 'tcp', gateway[6], 8080), gateway[6]);
    assert.equal(await ask(out, 'tcp', HOST[4], 8081), gateway[4]);
    assert.equal(await ask(out, 'tcp', HOST[6], 8080), gateway[6]);
  });

  test('publishing gives no internet, and no way to the host’s own ports', async () => {
    const server = createServer((socket) => socket.end('host')).listen(7777, '::');
    await once(server, 'listening');
    try {
      assert.equal(await ask(lab.node('out'), 'tcp', HOST[4], 7777), 'host');
      for (const address of [gateway[4], gateway[6], HOST[4], WORLD[4], WORLD[6]])
        assert.match(await ask(lab.node('dns'), 'tcp', address, 7777), /^E(HOSTUNREACH|ACCES)$/, address);
    } finally {
      server.close();
    }
  });

  test('the host’s loopback is its own, though answers may lead there', async () => {
    const server = createServer((socket) => socket.end('host')).listen(7777, '127.77.0.1');
    await once(server, 'listening');
    const out = lab.node('out');
    // A node that is bent on it: packets to a loopback address, by the uplink.
    const inside = (...command: readonly string[]) => out.exec(command[0]!, command.slice(1));
    await inside('ip', 'route', 'flush', 'table', 'local', '127.0.0.0/8');
    await inside('ip', 'route', 'add', '127.77.0.1', 'via', gateway[4], 'dev', 'uplink');
    await inside('sysctl', '-q', 'net.ipv4.conf.uplink.route_localnet=1');
    try {
      assert.equal(await ask(out, 'tcp', '127.77.0.1', 7777, 700), 'silence');
      // On either side of the cable one rule keeps it out.
      sh(`nft flush chain inet netwright-${name} loopback`);
      assert.equal(await ask(out, 'tcp', '127.77.0.1', 7777, 700), 'silence');
      sh(`ip netns exec ${name} nft delete table bridge netwright`);
      assert.equal(await ask(out, 'tcp', '127.77.0.1', 7777), 'host', 'the rules are what keeps it out');
    } finally {
      server.close();
      await inside('sysctl', '-q', 'net.ipv4.conf.uplink.route_localnet=0');
      await Lab.up(topology);
      assert.match(sh(`nft list chain inet netwright-${name} loopback`), /ip daddr 127\.0\.0\.0\/8 drop/);
    }
  });

  test('ports come and go without disturbing a connection that is open', async () => {
    const web = lab.node('web');
    const socket = connect({ host: HOST[4], port: 8080 });
    const say = async (text: string): Promise<string> => {
      socket.write(text);
      const [data] = (await once(socket, 'data')) as [Buffer];
      return String(data);
    };
    await once(socket, 'data');
    const rules = sh(`nft -j list chains inet`);
    await web.publish('9000:80', '9001-9005:9001-9005/udp');
    assert.equal(await ask('world', 'tcp', HOST[4], 9000), WORLD[4]);
    assert.equal(await say('still here'), 'still here');
    assert.deepEqual(
      listPublished(name).filter(({ publish }) => publish.startsWith('9')),
      [
        { lab: name, node: 'web', publish: '9000:80' },
        { lab: name, node: 'web', publish: '9001-9005:9001-9005/udp' },
      ],
    );
    assert.equal(list().find(({ lab }) => lab === name)?.state, 'up');
    await web.unpublish('9000:80', '9001-9005:9001-9005/udp');
    assert.equal(await ask('world', 'tcp', HOST[4], 9000), 'ECONNREFUSED');
    assert.equal(await say('and here'), 'and here');
    await web.unpublish('8080:80');
    assert.equal(await ask('host', 'tcp', '127.0.0.1', 8080), 'ECONNREFUSED');
    assert.equal(await say('an open one ends when it ends'), 'an open one ends when it ends');
    await web.publish('8080:80');
    assert.equal(sh(`nft -j list chains inet`), rules);
    await assert.rejects(web.unpublish('9000:80'), { code: 'ERR_NOT_FOUND' });
    socket.destroy();
  });

  test('UDP that came before the port was published is not stuck, nor what came before it was taken back', async () => {
    const dns = lab.node('dns');
    await serve(dns, 54);
    const client = createSocket('udp4');
    client.on('error', () => {});
    const heard: string[] = [];
    client.on('message', (message) => heard.push(String(message)));
    client.bind(45_454);
    await once(client, 'listening');
    const isAnswered = async (): Promise<void> => {
      const count = heard.length;
      client.send('who am I', 5400, HOST[4]);
      await eventually(
        () => heard.length - count,
        (more) => more === 1,
        'answers',
      );
    };
    const isNotAnswered = (): Promise<void> => {
      const count = heard.length;
      client.send('who am I', 5400, HOST[4]);
      return staysSo(() => heard.length === count, 'it is answered', 400);
    };
    // Something that listens keeps the flow's first way alive.
    const sink = createSocket('udp4').bind(5400);
    await once(sink, 'listening');
    await isNotAnswered();
    // What goes to somebody else's port of that number is nobody's business.
    client.send('hello', 5400, WORLD[4]);
    await eventually(
      () => tracked(5400),
      (flows) => /sport=45454 dport=5400 .*src=203\.0\.113\.1 /.test(flows),
      'it is not tracked',
    );
    sink.close();
    await once(sink, 'close');
    await dns.publish('5400:54/udp');
    assert.match(tracked(5400), new RegExp(`^udp .*dst=${WORLD[4]} .*\n$`));
    attempt('conntrack', '-D', '-p', 'udp', '-d', WORLD[4]);
    await isAnswered();
    assert.match(tracked(5400), new RegExp(`dport=5400 .*src=${own['dns']![4]} `));
    await dns.unpublish('5400:54/udp');
    assert.equal(tracked(5400), '');
    await isNotAnswered();
    client.close();
    attempt('conntrack', '-D', '-p', 'udp', '--orig-port-dst', '5400');
  });

  test('a port that is taken is an error that names its owner', async () => {
    const web = lab.node('web');
    const server = createServer().listen(9100, '127.0.0.1');
    await once(server, 'listening');
    const used = new RegExp(`port 9100/tcp of the host is in use by "node", process ${process.pid};`);
    await assert.rejects(web.publish('9100:80'), { code: 'ERR_PORT_TAKEN', message: used });
    await assert.rejects(web.publish('127.0.0.1:9100:80'), { code: 'ERR_PORT_TAKEN' });
    await assert.rejects(Lab.up({ name: labName('late'), nodes: { a: { publish: ['9099-9101:1-3'] } } }), {
      code: 'ERR_PORT_TAKEN',
      message: used,
    });
    await web.publish(`${HOST[4]}:9100:80`);
    await web.unpublish(`${HOST[4]}:9100:80`);
    server.close();

    const udp = createSocket('udp6').bind(9100, '::1');
    await once(udp, 'listening');
    await assert.rejects(web.publish('[::1]:9100:80/udp'), { code: 'ERR_PORT_TAKEN', message: /"node"/ });
    await web.publish('[::1]:9100:80/tcp');
    await web.unpublish('[::1]:9100:80/tcp');
    udp.close();

    // A connection to somewhere else leaves by some port, whichever it is.
    const elsewhere = createServer().listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const leaving = connect({ port: (elsewhere.address() as AddressInfo).port, host: '127.0.0.1', localPort: 9150 });
    await once(leaving, 'connect');
    const asking = createSocket('udp4').bind(9150);
    await once(asking, 'listening');
    asking.connect(53, WORLD[4]);
    await once(asking, 'connect');
    await web.publish('9150:80', '9150:80/udp');
    await web.unpublish('9150:80', '9150:80/udp');
    leaving.destroy();
    asking.close();
    elsewhere.close();

    const owner = new RegExp(`published by "${name}\\.web"`);
    const late = { name: labName('late') };
    for (const publish of ['8080:80', `${HOST[4]}:8080:1`, '127.0.0.1:5353:1/udp', '5353:1/udp'])
      await assert.rejects(
        Lab.up({ ...late, nodes: { a: { publish: [publish] } } }),
        { code: 'ERR_PORT_TAKEN', message: owner },
        publish,
      );
    await assert.rejects(lab.node('dns').publish('8080:53'), { code: 'ERR_PORT_TAKEN', message: owner });
    // Another protocol's port, and another address's, are others.
    await using free = await Lab.up({ ...late, nodes: { a: { publish: ['8080:80/udp', '127.0.0.2:5353:53/udp'] } } });
    assert.equal(free.nodes.length, 1);
  });

  test('what is not published does not come in by the uplink, and what no longer is does not either', async () => {
    const out = lab.node('out');
    await serve(out, 8099);
    const at = uplinkOf(out)[4];
    assert.equal(await ask('host', 'tcp', at, 8099, 700), 'silence');
    await out.publish('9500:8099', '9501:8099');
    assert.equal(await ask('world', 'tcp', HOST[4], 9500), WORLD[4]);
    await out.unpublish('9500:8099');
    assert.equal(await ask('world', 'tcp', HOST[4], 9501), WORLD[4]);
    await out.unpublish('9501:8099');
    assert.equal(await ask('host', 'tcp', at, 8099, 700), 'silence');
  });

  test('SCTP: what begins an association arrives, translated', async () => {
    const web = lab.node('web');
    await web.publish('8080:80/sctp');
    const listening = web.spawn('tcpdump', ['-lni', 'uplink', '-c', '1', 'sctp'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(listening.stderr!, 'data');
    // Neither this kernel nor Node need know the protocol: connection tracking does.
    const at = openNamespace(world);
    const socket = within(at, () => libc.socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP));
    libc.sendto(socket, sctpInit(40_000, 8080), 0, sockaddr(HOST[4] as Ip, 0));
    const heard = await answerOf(listening);
    assert.match(heard, new RegExp(`${WORLD[4]}\\.40000 > ${own['web']![4]}\\.80: sctp`));
    libc.close(socket);
    libc.close(at);
    await web.unpublish('8080:80/sctp');
    attempt('conntrack', '-D', '-p', 'sctp');
  });

  test('a snapshot says what is published, and `up` takes back what the topology does not say', async () => {
    await lab.node('out').publish('9200-9203:9200-9203');
    assert.deepEqual(snapshot(name).topology.nodes!['out'], {
      internet: true,
      publish: ['8081:80', '9200-9203:9200-9203'],
    });
    await using same = await Lab.up({ name: labName('twice'), nodes: { a: { publish: ['9300:80'] } } });
    const changed = { name: same.name, nodes: { a: { publish: ['9300:81', '9301:80'] } } };
    const { result } = await Lab.up(changed);
    assert.deepEqual(
      result!.operations.map((one) => (one.op === 'change-elements' ? one.namespace : one.op)),
      [`${same.name}.a`, ''],
    );
    assert.deepEqual((await Lab.up(changed)).result!.operations, []);
  });

  test('a node without an uplink gets one, and what others publish stays, and where', async () => {
    const nodes = { first: {}, second: {}, a: { publish: ['9400:80'] } };
    await using late = await Lab.up({ name: labName('late'), nodes });
    await late.node('a').publish('9401:81');
    const addresses = (): string => sh(`ip -n ${late.name}.a -br address show dev uplink`);
    const before = addresses();
    await Promise.all([late.node('first').publish('9402:82'), late.node('second').publish('9403:83')]);
    assert.equal(addresses(), before);
    assert.deepEqual(
      listPublished(late.name).map(({ node, publish }) => `${node} ${publish}`),
      ['a 9400-9401:80-81', 'first 9402:82', 'second 9403:83'],
    );
  });

  test('a node without an uplink gets none where a port is taken', async () => {
    const server = createServer().listen(9500, '127.0.0.1');
    await once(server, 'listening');
    for (const nodes of [{ a: {} }, { a: {}, b: { publish: ['9501:81'] } }] as const) {
      await using late = await Lab.up({ name: labName('none'), nodes });
      await assert.rejects(late.node('a').publish('9500:80'), { code: 'ERR_PORT_TAKEN' });
      if ('b' in nodes) await assert.rejects(late.node('a').publish('9501:80'), { code: 'ERR_PORT_TAKEN' });
      assert.deepEqual(
        (JSON.parse(sh(`ip -n ${late.name}.a -j link`)) as { ifname: string }[]).map(({ ifname }) => ifname),
        ['lo'],
      );
    }
    server.close();
    await once(server, 'close');
  });

  test('what was published since stays when a firewall comes and goes, and when a watch mends the lab', async () => {
    await using kept = await Lab.up({ name: labName('kept'), nodes: { a: { internet: true, publish: ['9500:80'] } } });
    const a = kept.node('a');
    await a.publish('9501:81');
    await a.setFirewall({ input: { default: 'deny', allow: ['established'] } });
    await a.setFirewall(undefined);
    const open = () => sh(`ip netns exec ${kept.name}.a nft list set inet netwright published`);
    assert.match(open(), /elements = \{ tcp \. 80,\s+tcp \. 81 \}/);

    const stop = new AbortController();
    let repaired: readonly Operation[] = [];
    await watch(kept.name, {
      repair: true,
      signal: stop.signal,
      onReady: () => void sh(`ip netns exec ${kept.name}.a nft delete table inet netwright`),
      onDrift: () => {},
      onRepaired: ({ operations }) => {
        repaired = operations;
        stop.abort();
      },
    });
    assert.deepEqual(
      repaired.map(({ op }) => op),
      ['add-table'],
    );
    assert.match(open(), /elements = \{ tcp \. 80,\s+tcp \. 81 \}/);
    assert.deepEqual(
      listPublished(kept.name).map(({ publish }) => publish),
      ['9500-9501:80-81'],
    );
  });
});
