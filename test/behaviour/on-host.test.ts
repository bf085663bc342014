// What a lab has on the host, when others change the host's rules, routes and settings, and what of it is the lab's at all.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ipToBytes, type Ip } from '../../src/addr/index.ts';
import { AF_PACKET, libc, SOCK_CLOEXEC, SOCK_RAW } from '../../src/ffi/index.ts';
import { savedSettings, savedSettingsPath } from '../../src/apply/index.ts';
import { saveSettings } from '../../src/apply/saved-settings.ts';
import {
  clean,
  doctor,
  downAll,
  findStale,
  Lab,
  list,
  listPublished,
  planLab,
  snapshot,
  watch,
  type Node,
} from '../../src/library/index.ts';
import { downSync } from '../../src/lab/down.ts';
import { openNamespace, within } from '../../src/netns/index.ts';
import { hostLinkMac, hostLinkName } from '../../src/topology/index.ts';
import { attempt, feed, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const setting = (key: string): string => readFileSync(`/proc/sys/${key.replaceAll('.', '/')}`, 'latin1').trim();
const bytesOf = (mac: string): number[] => mac.split(':').map((part) => Number.parseInt(part, 16));

/** The Internet checksum (RFC 1071) of some bytes, of which there is an even number. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum ^ 0xffff;
}

/** An IP packet with a UDP datagram of two bytes. */
function datagram(from: string, to: string, port: number): Buffer {
  const [source, target] = [from, to].map((ip) => Buffer.from(ipToBytes(ip as Ip))) as [Buffer, Buffer];
  const udp = Buffer.from([0x11, 0x5c, 0, 0, 0, 10, 0, 0, 0x68, 0x69]);
  udp.writeUInt16BE(port, 2);
  const length = Buffer.from([0, 17, 0, udp.length]);
  udp.writeUInt16BE(checksum(Buffer.concat([source, target, length, udp])), 6);
  if (source.length === 16)
    return Buffer.concat([Buffer.from([0x60, 0, 0, 0, 0, udp.length, 17, 64]), source, target, udp]);
  const header = Buffer.concat([Buffer.from([0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0]), source, target]);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, udp]);
}

/** A router advertisement (RFC 4861, 4.2) of fe80::77 with a prefix to make addresses of. */
function advertisement(): Buffer {
  const [source, target, prefix] = ['fe80::77', 'ff02::1', 'fd99::'].map((ip) => Buffer.from(ipToBytes(ip as Ip)));
  const header = Buffer.from([134, 0, 0, 0, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0]);
  const option = Buffer.concat([Buffer.from([3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 14, 16, 0, 0, 0, 0]), prefix!]);
  const body = Buffer.concat([header, option]);
  const pseudo = Buffer.from([0, 0, 0, body.length, 0, 0, 0, 58]);
  body.writeUInt16BE(checksum(Buffer.concat([source!, target!, pseudo, body])), 2);
  return Buffer.concat([Buffer.from([0x60, 0, 0, 0, 0, body.length, 58, 255]), source!, target!, body]);
}

/** Sends a packet by a node's uplink to the host's end of the cable, inside `tags` priority tags (IEEE 802.1Q, VLAN 0). */
function sendFrame(node: Node, packet: Buffer, tags = 0): void {
  const { mac } = node.interfaces.at(-1)!;
  const type = packet[0]! >>> 4 === 4 ? [0x08, 0x00] : [0x86, 0xdd];
  const tag = Array.from({ length: tags }, () => [0x81, 0x00, 0x00, 0x00]).flat();
  const frame = Buffer.concat([
    Buffer.from([...bytesOf(hostLinkMac(labOf(node))), ...bytesOf(mac), ...tag, ...type]),
    packet,
  ]);
  const index = Number(sh(`ip -n ${node.namespace} -o link show dev uplink`).split(':')[0]);
  node.within(() => {
    // struct sockaddr_ll of packet(7).
    const place = Buffer.alloc(20);
    place.writeUInt16LE(AF_PACKET, 0);
    place.writeInt32LE(index, 4);
    const socket = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    libc.sendto(socket, frame, 0, place);
    libc.close(socket);
  });
}

/** Hears what is sent to a port at one address. */
class Ear {
  readonly heard: string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (_, { address }) => this.heard.push(address));
  }

  static async at(address: string, port: number): Promise<Ear> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(port, address);
    await once(socket, 'listening');
    return new Ear(socket);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  /** Resolves when a node's packet has come to the host: what it sent before has been dealt with then. */
  static async hears(node: Node): Promise<void> {
    const host = hostAddress(labOf(node), 4);
    using open = await Ear.at(host, PORT + 1);
    sendFrame(node, datagram(addressOf(node, 4), host, PORT + 1));
    await eventually(
      () => open.heard.length,
      (count) => count > 0,
      'what is open hears nothing',
    );
  }
}

const labOf = (node: Node): string => node.namespace.split('.')[0]!;

const CLI = join(process.cwd(), 'dist/cli.cjs');
const lines = (text: string): string[] => text.split('\n');

const PORT = 7071;
const addressOf = (node: Node, family: 4 | 6): string =>
  node.interfaces
    .at(-1)!
    .addresses.find((address) => address.includes(':') === (family === 6))!
    .split('/')[0]!;
const hostAddress = (lab: string, family: 4 | 6): string =>
  new RegExp(family === 4 ? /inet ([\d.]+)/ : /inet6 (fd[\da-f:]+)/).exec(
    sh(`ip -o address show dev ${hostLinkName(lab)}`),
  )![1]!;

/** Sends to the host's loopback in every way, and last to what is open. Resolves to what the loopback heard. */
const heardOnLoopback = async (node: Node): Promise<string[]> => {
  using loopback4 = await Ear.at('127.0.0.1', PORT);
  using loopback6 = await Ear.at('::1', PORT);
  using open = await Ear.at(hostAddress(labOf(node), 4), PORT + 1);
  const [host4, host6] = [hostAddress(labOf(node), 4), hostAddress(labOf(node), 6)];
  for (const tags of [0, 1, 2, 3]) {
    sendFrame(node, datagram(addressOf(node, 4), '127.0.0.1', PORT), tags);
    sendFrame(node, datagram(addressOf(node, 6), '::1', PORT), tags);
    using spoofed = await Ear.at(host4, PORT);
    using spoofed6 = await Ear.at(host6, PORT);
    sendFrame(node, datagram('127.0.0.5', host4, PORT), tags);
    sendFrame(node, datagram('::1', host6, PORT), tags);
    sendFrame(node, datagram(addressOf(node, 4), host4, PORT + 1));
    await eventually(
      () => open.heard.length,
      (count) => count === tags + 1,
      'what is open hears nothing',
    );
    loopback4.heard.push(...spoofed.heard, ...spoofed6.heard);
  }
  return [...loopback4.heard, ...loopback6.heard];
};

const FORWARDING = 'net.ipv4.ip_forward';

/** A lab that has the host forward. */
const reachingOut = (name: string) => ({ name, nodes: { a: { internet: true } } });

const finding = async () => (await doctor()).find(({ id }) => id === 'host-settings')!;

const foreign = (name: string): string =>
  `table inet ${name} {\n\tchain mine {\n\t\ttype filter hook input priority filter; policy accept;\n\t\ttcp dport 9 drop\n\t}\n}\n`;

/** What a lab has on the host. */
const partsOf = (name: string): readonly string[] => [
  ...lines(sh('nft list ruleset')),
  ...lines(sh(`ip -o address show dev nw-${name}`)),
  setting(FORWARDING),
];

const OUTSIDE = { 4: '100.64.77.2', 6: '2001:db8:77::2' };
const NEXT = { 4: '100.64.77.1', 6: '2001:db8:77::1' };
/** A lab that has a way out in both families. */
const inBoth = (name: string) => ({
  name,
  networks: { lan: { subnet: ['10.71.0.0/24', 'fd71::/64'], internet: true } },
  nodes: { a: { networks: ['lan'] } },
});

const answered = async (lab: Lab, family: 4 | 6): Promise<boolean> =>
  (await lab.node('a').exec('ping', ['-c1', '-W1', OUTSIDE[family]])).status === 0;

suite('on the host', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;

  before(async () => {
    sh('sysctl -q net.ipv6.conf.all.forwarding=1');
    await using warm = await Lab.up({ name: labName('warm'), nodes: { a: { publish: ['1:1'] } } });
    await warm.node('a').exec('true');
    const looked = new AbortController();
    await watch(warm.name, { onDrift: () => {}, onReady: () => looked.abort(), signal: looked.signal });
    await warm.down();
    untouched = snapshotHost();
  });

  after(() => assertUnchanged(untouched));

  suite('without the host’s rules', () => {
    for (const [how, topology, open] of [
      ['a node that publishes at the loopback', { a: { publish: ['127.0.0.1:9600:80'] } }, ''],
      ['a node that has internet and publishes', { a: { internet: true, publish: ['[::1]:9600:80', '9601:80'] } }, ''],
      ['a host that routes its loopback for everybody', { a: { internet: true } }, 'all'],
    ] as const) {
      test(`nobody reaches its loopback: ${how}`, async () => {
        await using lab = await Lab.up({
          name: labName('shut'),
          networks: { six: { subnet: 'fd71::/64' } },
          nodes: { ...topology, b: { networks: ['six'] } },
        });
        if (open !== '') sh(`sysctl -q net.ipv4.conf.${open}.route_localnet=1`);
        try {
          const node = lab.node('a');
          sh('nft flush ruleset');
          assert.deepEqual(await heardOnLoopback(node), []);
          assert.equal(list().find((one) => one.lab === lab.name)?.state, 'partial');
          sh(`ip netns exec ${lab.name} nft delete table bridge netwright`);
          assert.ok((await heardOnLoopback(node)).length > 0, 'the table in the lab is what keeps it out');
        } finally {
          sh('sysctl -q net.ipv4.conf.all.route_localnet=0');
        }
      });
    }
  });

  suite('settings', () => {
    test('are put back though the host’s rules have gone meanwhile', async () => {
      const lab = await Lab.up(reachingOut(labName('flush')));
      assert.equal(setting(FORWARDING), '1');
      const notes = readdirSync('/run/netwright').filter((name) => name.endsWith('.settings'));
      assert.equal(sh(`stat -c %a /run/netwright/${notes[0]}`), '600\n');
      sh('nft flush ruleset');
      assert.deepEqual(findStale(), [], 'the lab is up');
      assert.deepEqual(
        (await Lab.up(reachingOut(lab.name))).result!.operations.map(({ op }) => op),
        ['add-table'],
      );
      sh('nft flush ruleset');
      const { restored } = await lab.down();
      assert.deepEqual(restored, [FORWARDING, 'net.ipv4.conf.all.accept_redirects']);
      assert.equal(setting(FORWARDING), '0');
      await assertUnchanged(untouched);
    });

    test('are noted in a file of root’s whatever the umask, and what is none says nothing', () => {
      const path = savedSettingsPath();
      const noted = new Map([[FORWARDING, '0']]);
      const before = process.umask(0);
      try {
        mkdirSync(path);
        assert.deepEqual(savedSettings(), new Map(), 'a folder');
        saveSettings(noted);
        assert.equal(statSync(path).mode & 0o7777, 0o600);
        assert.deepEqual(savedSettings(), noted);
        renameSync(path, `${path}.other`);
        symlinkSync(`${path}.other`, path);
        assert.deepEqual(savedSettings(), new Map(), 'a link');
        rmSync(path);
        sh(`mkfifo ${path}`);
        assert.deepEqual(savedSettings(), new Map(), 'a pipe');
      } finally {
        process.umask(before);
        rmSync(path, { force: true });
        rmSync(`${path}.other`, { force: true });
      }
    });

    test('are put back by `up` of a lab that needs them no longer', async () => {
      await using lab = await Lab.up(reachingOut(labName('less')));
      sh('nft flush ruleset');
      await Lab.up({ name: lab.name, nodes: { a: {} } });
      assert.equal(setting(FORWARDING), '0');
    });

    test('stay while another lab has a link to the host, with its table or without', async () => {
      await using one = await Lab.up(reachingOut(labName('one')));
      await using other = await Lab.up(reachingOut(labName('a-name-that-no-link-has')));
      sh('nft flush ruleset');
      await one.down();
      assert.equal(setting(FORWARDING), '1');
      await other.down();
      assert.equal(setting(FORWARDING), '0');
    });

    test('are found by `clean` and `doctor` where the lab has gone otherwise', async () => {
      const lab = await Lab.up(reachingOut(labName('gone')));
      assert.deepEqual([(await finding()).status, (await finding()).detail.includes(lab.name)], ['ok', true]);
      sh('nft flush ruleset');
      // First, since the kernel deletes it with the lab's namespace, a moment after the unmount.
      sh(`ip link del nw-${lab.name}`);
      sh(`umount -l /run/netwright/${lab.name}`);
      const { status, detail, fix } = await finding();
      assert.deepEqual([status, fix], ['warning', 'netwright clean']);
      assert.match(detail, /net\.ipv4\.ip_forward was 0/);
      assert.ok(findStale().some(({ kind }) => kind === 'settings'));
      assert.deepEqual((await clean()).restored, [FORWARDING, 'net.ipv4.conf.all.accept_redirects']);
      assert.equal(setting(FORWARDING), '0');
      assert.equal((await finding()).status, 'ok');
    });

    test('a watch that mends puts the table back', async () => {
      await using lab = await Lab.up(reachingOut(labName('watch')));
      const stop = new AbortController();
      await watch(lab.name, {
        repair: true,
        signal: stop.signal,
        onReady: () => void sh('nft flush ruleset'),
        onDrift: () => {},
        onRepaired: () => stop.abort(),
      });
      assert.match(sh('nft list tables'), new RegExp(`table inet netwright-${lab.name}`));
    });
  });

  suite('what only has a lab’s name', () => {
    test('a table is neither changed nor removed, and keeps no setting as it is', async () => {
      const lab = await Lab.up({ name: labName('names'), nodes: { a: { publish: ['9700:80'] } } });
      for (const name of ['netwright', 'netwright-gg', 'netwright-']) feed(foreign(name), 'nft', '-f', '-');
      sh('ip link add nw-gg type veth peer name nw-hh');
      // Its own has gone, and somebody else's has come in its place.
      sh(`nft delete table inet netwright-${lab.name}`);
      feed(foreign(`netwright-${lab.name}`), 'nft', '-f', '-');
      const theirs = sh('nft list ruleset');
      await assert.rejects(Lab.up({ name: lab.name, nodes: { a: { publish: ['9700:80'] } } }), {
        code: 'ERR_NAME_TAKEN',
      });
      await assert.rejects(lab.node('a').publish('9701:81'), {
        code: 'ERR_NOT_FOUND',
        message: /table inet netwright-\S+ is missing on the host/,
      });
      await assert.rejects(lab.node('a').unpublish('9700:80'), {
        code: 'ERR_NOT_FOUND',
        message: /table inet netwright-\S+ is missing on the host/,
      });
      await lab.down();
      assert.equal(setting('net.ipv4.ip_forward'), '0');
      assert.deepEqual((await clean()).removed, []);
      assert.equal(sh('nft list ruleset'), theirs);
      assert.ok(existsSync('/sys/class/net/nw-gg'));
      sh('ip link del nw-gg');
      sh('nft flush ruleset');
    });

    test('a link stays when all labs go at once, also one of the first group that is tried', async () => {
      for (const name of ['one', 'two', 'a-name-that-no-link-has'])
        await Lab.up({ name: labName(name), nodes: { a: { internet: true } } });
      await Lab.up({ name: labName('none'), nodes: { a: {} } });
      sh('ip link add nw-theirs group 1853292544 type veth peer name nw-theirs2');
      const results = await downAll();
      assert.deepEqual(
        results.map(({ existed, restored }) => [existed, restored.length]),
        [
          [true, 0],
          [true, 0],
          [true, 0],
          [true, 2],
        ],
      );
      assert.deepEqual(list(), []);
      sh('ip link del nw-theirs');
      await assertUnchanged(untouched);
    });
  });

  suite('from another network namespace', () => {
    const other = labName('elsewhere');
    const name = labName('home');
    const expect = [{ from: 'b', to: 'host', icmp: true as const, reachable: false }];
    const topology = { name, nodes: { a: { publish: ['9800:80'] }, b: {} }, expect };
    const refused = { code: 'ERR_OTHER_NAMESPACE', message: /that of process \d+; run it there: nsenter/ };

    before(() => void sh(`ip netns add ${other}`));
    after(() => void sh(`ip netns del ${other}`));

    /** Does something as a command in the other namespace would, as far as that is done at once. */
    const there = <T>(fn: () => T): T => {
      const fd = openNamespace(other);
      try {
        return within(fd, fn);
      } finally {
        libc.close(fd);
      }
    };
    /** The same for what takes its time: it is in a process of its own. */
    const command = (...args: readonly string[]): string => {
      const { status, stderr } = spawnSync('nsenter', [`--net=/run/netns/${other}`, process.execPath, CLI, ...args], {
        encoding: 'utf8',
      });
      return `${status} ${stderr}`;
    };

    test('nothing is done to a lab that has its link here', async () => {
      await using lab = await Lab.up(topology);
      const before = partsOf(name);
      for (const fn of [
        () => planLab({ value: topology }),
        () => planLab({ value: { name, nodes: { a: {}, b: {} } } }),
        () => lab.show(),
        () => snapshot(name),
        () => listPublished(name),
        () => downSync(name),
      ])
        assert.throws(() => there(fn), refused, String(fn));
      const { state, problem } = there(list).find((one) => one.lab === name)!;
      assert.deepEqual([state, /different network namespace/.test(problem!)], ['partial', true]);
      assert.deepEqual(there(findStale), []);
      for (const args of [
        ['down', name],
        ['down', '--all'],
        ['check', name],
        ['restart', `${name}.a`],
        ['publish', `${name}.a`, '9801:81'],
        ['publish', `${name}.b`, '9801:81'],
        ['publish', `${name}.a`, '9800:80', '--remove'],
        ['watch', '--repair', name],
      ])
        assert.match(command(...args), /^1 .*different network namespace.*nsenter --net=/, args.join(' '));
      assert.deepEqual(partsOf(name), before);
      assert.deepEqual(planLab({ value: topology }).operations, []);
    });

    test('nor to one whose link is missing, nor is one that was left half made cleaned up from there', async () => {
      await using lab = await Lab.up(topology);
      sh(`ip link del nw-${name}`);
      assert.throws(() => there(() => planLab({ value: topology })), refused);
      assert.match(command('down', name), /different network namespace/);
      rmSync(`/run/netwright/${name}/topology.json`);
      assert.match(command('clean', '--yes'), /different network namespace/);
      assert.equal(setting(FORWARDING), '1');
      assert.equal(lab.name, name);
    });

    test('but one whose host is no more is anybody’s', async () => {
      sh('ip netns add throwaway');
      const up = spawnSync('nsenter', ['--net=/run/netns/throwaway', process.execPath, CLI, 'up', '-'], {
        input: JSON.stringify(topology),
        encoding: 'utf8',
      });
      assert.equal(up.status, 0, up.stderr);
      assert.throws(() => planLab({ value: topology }), {
        code: 'ERR_OTHER_NAMESPACE',
        message: /"throwaway"; run it/,
      });
      sh('ip netns del throwaway');
      await eventually(
        () => attempt('ip', 'netns', 'exec', name, 'ip', 'link', 'show', 'dev', 'host').status,
        (status) => status !== 0,
        'the link stays',
      );
      await using lab = await Lab.up(topology);
      assert.ok(existsSync(`/sys/class/net/nw-${lab.name}`));
      // What is noted of a namespace that has gone is left to the next start of the machine.
      for (const file of readdirSync('/run/netwright').filter((one) => /^host\.\d+\.settings$/.test(one))) {
        const { size } = statSync(`/run/netwright/${file}`);
        if (size > 0 && `/run/netwright/${file}` !== savedSettingsPath()) rmSync(`/run/netwright/${file}`);
      }
    });
  });

  suite('beside others’ routes and rules', () => {
    before(() => {
      sh('ip address add 2001:db8:77::2/64 dev lan0 nodad');
      sh('ip address add fe80::2/64 dev lan0 nodad');
      for (const family of [4, 6] as const) sh(`ip -${family} route add default via ${NEXT[family]}`);
    });
    after(() => {
      for (const family of [4, 6] as const) sh(`ip -${family} route del default`);
      sh('ip address del fe80::2/64 dev lan0');
      sh('ip address del 2001:db8:77::2/64 dev lan0');
    });

    test('wide routes are not in the way, nor are those that nothing leads to', async () => {
      const wide = [
        '0.0.0.0/1',
        '128.0.0.0/1',
        '198.0.0.0/8',
        '198.18.0.0/15',
        '198.18.0.0/16 table 77',
        '198.19.0.0/16 table 77',
        '::/1',
        '8000::/1',
        'fc00::/7',
        'fd00::/9',
      ];
      const change = (verb: 'add' | 'del'): void => {
        for (const route of wide) {
          const family = route.includes('::') ? 6 : 4;
          sh(`ip -${family} route ${verb} ${route} via ${NEXT[family]}`);
        }
      };
      await using early = await Lab.up(inBoth(labName('early')));
      change('add');
      try {
        await using late = await Lab.up(inBoth(labName('late')));
        for (const lab of [early, late]) {
          assert.deepEqual(planLab({ value: inBoth(lab.name) }).operations, []);
          assert.deepEqual(planLab({ value: inBoth(lab.name) }).warnings, []);
          assert.deepEqual([await answered(lab, 4), await answered(lab, 6)], [true, true]);
        }
      } finally {
        change('del');
      }
    });

    test('what is more specific than the range is, unless a lab is there already; the range can be chosen', async () => {
      const name = labName('there');
      await using _ = await Lab.up(inBoth(name));
      const subnet = sh(`ip -4 -o address show dev ${hostLinkName(name)}`);
      const busy = ['198.18.0.1/16', '198.19.0.1/16'];
      for (const address of busy) sh(`ip address add ${address} dev lan0`);
      try {
        assert.deepEqual(planLab({ value: inBoth(name) }).operations, []);
        const other = inBoth(labName('range'));
        await assert.rejects(Lab.up(other), {
          code: 'ERR_CAPABILITY',
          message: /198\.18\.0\.0\/16, 198\.19\.0\.0\/16.* overlap it; .*NETWRIGHT_UPLINK_RANGE=/,
        });
        process.env['NETWRIGHT_UPLINK_RANGE'] = '10.200.0.0/16';
        await using chosen = await Lab.up(other);
        delete process.env['NETWRIGHT_UPLINK_RANGE'];
        assert.match(hostAddress(chosen.name, 4), /^10\.200\./);
        assert.deepEqual(planLab({ value: other }).operations, [], 'it stays where it is');
        assert.ok(await answered(chosen, 4));
        for (const range of ['10.0.0.1/8', '::/0', '127.0.0.0/8', '10.0.0.0/31', 'x']) {
          process.env['NETWRIGHT_UPLINK_RANGE'] = range;
          assert.throws(() => planLab({ value: inBoth(labName('wrong')) }), { code: 'ERR_USAGE' }, range);
        }
      } finally {
        delete process.env['NETWRIGHT_UPLINK_RANGE'];
        for (const address of busy) sh(`ip address del ${address} dev lan0`);
      }
      assert.equal(sh(`ip -4 -o address show dev ${hostLinkName(name)}`), subnet);
    });

    for (const family of [4, 6] as const) {
      test(`a rule that leads answers away is named, and the exception to it: IPv${family}`, async () => {
        const ip = family === 4 ? 'ip' : 'ip -6';
        const value = inBoth(labName('rule'));
        sh(`${ip} route add default via ${NEXT[family]} table 52`);
        sh(`${ip} rule add lookup 52 pref 5210`);
        try {
          await using lab = await Lab.up(value);
          assert.equal(await answered(lab, family), false);
          const [warning, ...others] = lab.result!.warnings;
          assert.match(warning!, /the host's rule 5210 \(lookup 52\) diverts packets to the lab/);
          assert.deepEqual(others, []);
          assert.deepEqual(planLab({ value }).warnings, [warning]);
          const { status, fix } = (await doctor()).find(({ id }) => id === 'host-rules')!;
          assert.equal(status, 'warning');
          assert.ok(warning!.endsWith(`; ${fix}`));
          sh(fix!);
          assert.deepEqual((await Lab.up(value)).result!.warnings, []);
          assert.equal(await answered(lab, family), true);
          sh(`${ip} rule del pref 100`);
          // About what comes in alone, which what the host itself sends does not show.
          sh(`${ip} rule del pref 5210`);
          sh(`${ip} rule add iif lan0 lookup 52 pref 7`);
          assert.match(planLab({ value }).warnings[0]!, /rule 7 \(lookup 52\).* pref 6$/);
          sh(`${ip} rule del pref 7`);
          // As wg-quick has it: the main table first, its default route left out.
          sh(`${ip} rule add lookup main suppress_prefixlength 0 pref 5209`);
          sh(`${ip} rule add lookup 52 pref 5210`);
          assert.deepEqual(planLab({ value }).warnings, []);
          sh(`${ip} rule del pref 5209`);
          // Before there is a lab, too: about what the host itself sends, or ending the search.
          await lab.down();
          if (family === 4)
            for (const rule of ['iif lo lookup 52', 'unreachable to 198.18.0.0/15', 'blackhole to 198.0.0.0/8']) {
              sh(`ip rule add ${rule} pref 8`);
              const found = (await doctor()).find(({ id }) => id === 'host-rules')!;
              sh('ip rule del pref 8');
              assert.match(found.detail, /rule 8 /, rule);
            }
        } finally {
          sh(`${ip} rule del pref 5210`);
          sh(`${ip} route flush table 52`);
        }
      });
    }
  });

  test('what a node advertises as a router, the host does not take', async () => {
    sh('sysctl -q net.ipv6.conf.all.forwarding=0');
    try {
      await using lab = await Lab.up({ name: labName('ra'), nodes: { a: { internet: true } } });
      const link = hostLinkName(lab.name);
      const steps = lab.result!.operations.map((op) =>
        op.op === 'set-sysctl' ? op.key : op.op === 'change-link' && op.change.up === true ? `up ${op.name}` : '',
      );
      const told = [
        'ipv6.conf.L.accept_ra',
        'ipv6.conf.L.autoconf',
        'ipv6.conf.L.accept_redirects',
        'ipv4.conf.L.accept_redirects',
      ];
      for (const key of told.map((one) => `net.${one.replace('L', link)}`)) {
        assert.equal(setting(key), '0');
        assert.ok(steps.indexOf(key) < steps.indexOf(`up ${link}`), `${key} before the link is up`);
      }
      const taken = (): string =>
        sh(`ip -6 route show dev ${link}`) + sh(`ip -6 -o address show dev ${link} scope global`);
      const before = taken();
      sendFrame(lab.node('a'), advertisement());
      await Ear.hears(lab.node('a'));
      assert.equal(taken(), before);
      // The same is taken where an interface believes what it is told.
      sh(`sysctl -q net.ipv6.conf.${link}.accept_ra=1 net.ipv6.conf.${link}.autoconf=1`);
      sendFrame(lab.node('a'), advertisement());
      await eventually(
        taken,
        (text) => text.includes('default via fe80::77') && text.includes('fd99::'),
        'it was no advertisement',
      );
      sh(`ip -6 route flush dev ${link}`);
    } finally {
      sh('sysctl -q net.ipv6.conf.all.forwarding=1');
    }
  });
});
