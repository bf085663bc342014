// What this process does in nodes by itself: listening, connecting, fetching, datagrams and names. That a socket is where
// it should be is told by `ss` in the node, and names by a name server that is not ours.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import { Lab, NameError, SyscallError, UsageError, type Node } from '../../src/library/index.ts';
import { certificate, key } from '../support/certificate.ts';
import { sh } from '../support/command.ts';
import { startDnsmasq } from '../support/dns-server.ts';
import { eventually, eventuallyHolds } from '../support/eventually.ts';
import { assertUnchanged, descriptors, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

/** Where a node looks for a file before the host's. */
const own = (node: Node, file: string): string => `/etc/netns/${node.namespace}/${file}`;

/** What listens in a node, as `ss` says. */
const listening = (node: Node, kind: 'tcp' | 'udp'): string[] =>
  sh(`ip netns exec ${node.namespace} ss -Hnl${kind === 'tcp' ? 't' : 'u'}`)
    .trim()
    .split('\n')
    .flatMap((line) => line.trim().split(/\s+/)[3] ?? [])
    .toSorted();

/** What a program in a node is sent when it connects. */
const heard = async (node: Node, host: string, port: number): Promise<string> =>
  (await node.exec('bash', ['-c', `cat < /dev/tcp/${host}/${port}`])).stdout;

const datagram = async (socket: UdpSocket): Promise<string> => String((await once(socket, 'message'))[0]);

/** Waits until no more descriptors are open than before: closing takes a turn of the event loop or two. */
const assertDescriptors = (before: readonly string[]): Promise<void> =>
  eventuallyHolds(() => assert.deepEqual(descriptors(), before), 10);

/** Waits until a node looks for a neighbour that does not answer: a connection to it has begun. */
const isSought = (node: Node, address: string): Promise<unknown> =>
  eventually(
    () => sh(`ip -n ${node.namespace} neigh show to ${address}`),
    (line) => line.includes('INCOMPLETE'),
    `${address} is not sought`,
    5,
  );

suite('from one process, in nodes', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  let lab: Lab;
  let laptop: Node;
  let web: Node;
  let dns: Node;
  let old: Node;
  before(async () => {
    const topology = {
      networks: { lan: { subnet: ['10.63.0.0/24', 'fd63::/64'] }, ipv4: { subnet: '10.64.0.0/24' } },
      nodes: {
        laptop: { networks: ['lan'] },
        web: { networks: ['lan'] },
        dns: { networks: ['lan'] },
        old: { networks: ['ipv4'] },
      },
    };
    const warm = await Lab.up({ ...topology, name: labName('warm') });
    await warm.node('web').exec('true');
    warm.node('web').listen(
      { port: 80 },
      createHttpServer((_, answer) => answer.end()),
    );
    await (await warm.node('laptop').fetch('http://web/')).text();
    await warm.down();
    untouched = snapshotHost();
    lab = await Lab.up({ ...topology, name: labName('inside') });
    [laptop, web, dns, old] = ['laptop', 'web', 'dns', 'old'].map((name) => lab.node(name)) as [Node, Node, Node, Node];
  });
  after(async () => {
    await lab.down();
    await assertUnchanged(untouched);
  });

  suite('servers', () => {
    test('listen in the node, in both families, when the call returns', async () => {
      const connections: Socket[] = [];
      const server = web.listen({ port: 8000 }, (socket) => connections.push(socket.end(socket.remoteAddress!)));
      assert.deepEqual(listening(web, 'tcp'), ['*:8000']);
      assert.equal((server.address() as AddressInfo).port, 8000);
      assert.deepEqual(listening(laptop, 'tcp'), []);
      assert.equal(await heard(laptop, '10.63.0.2', 8000), '::ffff:10.63.0.1');
      assert.equal(await heard(laptop, 'fd63::2', 8000), 'fd63::1');
      server.close();
      await once(server, 'close');
      assert.deepEqual(listening(web, 'tcp'), []);
    });

    test('are of whichever kind is given, and bound to what is asked for', async () => {
      const http = web.listen(
        { port: 81, host: '10.63.0.2' },
        createHttpServer((_, answer) => answer.end('http')),
      );
      const v6 = web.listen({ port: 82, host: 'fd63::2' });
      const only = web.listen({ port: 83, host: '::', ipv6Only: true });
      const any = web.listen({});
      const { port } = any.address() as AddressInfo;
      assert.deepEqual(listening(web, 'tcp'), ['10.63.0.2:81', '[fd63::2]:82', '[::]:83', `*:${port}`].toSorted());
      assert.equal((await laptop.exec('curl', ['-s', 'http://web:81/'])).stdout, 'http');
      for (const server of [http, v6, only, any]) server.close();
    });

    test('that cannot be are errors at once', async () => {
      const before = descriptors();
      const server = web.listen({ port: 8000 });
      assert.throws(
        () => web.listen({ port: 8000 }),
        (error: SyscallError) => error instanceof SyscallError && error.code === 'EADDRINUSE',
      );
      assert.throws(() => web.listen({ port: 1, host: '10.63.0.1' }), {
        code: 'EADDRNOTAVAIL',
        message: /10\.63\.0\.1 port 1/,
      });
      for (const bad of [
        { port: 65536 },
        { port: -1 },
        { port: 1.5 },
        { host: 'web' },
        { host: 'fe80::1%eth0' },
        { path: '/x' },
      ])
        assert.throws(() => web.listen(bad), UsageError, JSON.stringify(bad));
      server.close();
      await once(server, 'close');
      // The same port again, though connections to it have only just ended.
      web.listen({ port: 8000 }).close();
      await assertDescriptors(before);
    });
  });

  suite('connections', () => {
    test('go to a name or an address, from the node', async () => {
      const server = web.listen({ port: 8001 }, (socket) => socket.on('error', () => {}).end(socket.remoteAddress!));
      assert.equal(await text(await laptop.connect({ host: 'web', port: 8001 })), '::ffff:10.63.0.1');
      assert.equal(await text(await laptop.connect({ host: 'web', port: 8001, family: 6 })), 'fd63::1');
      assert.equal(await text(await laptop.connect({ host: `web.${lab.name}`, port: 8001 })), '::ffff:10.63.0.1');
      assert.equal(await text(await web.connect({ host: 'localhost', port: 8001 })), '::ffff:127.0.0.1');
      const from = await laptop.connect({ host: '10.63.0.2', port: 8001, localAddress: '10.63.0.1', localPort: 4444 });
      assert.deepEqual([from.localAddress, from.localPort], ['10.63.0.1', 4444]);
      from.destroy();
      await assert.rejects(laptop.connect({ host: 'web', port: 8001, localAddress: '10.9.9.9' }), {
        code: 'EADDRNOTAVAIL',
      });
      server.close();
    });

    test('try every address of a name, the next before the last has given up', async () => {
      const server = web.listen({ port: 8002, host: 'fd63::2' }, (socket) => socket.end());
      const hosts = own(laptop, 'hosts');
      const { stdout } = await laptop.exec('cat', ['/etc/hosts']);
      // Nobody has the first address, so that nothing comes back for seconds; the second refuses; the third listens.
      writeFileSync(hosts, `${stdout}10.63.0.200 several\n10.63.0.2 several\nfd63::2 several\n`);
      try {
        assert.deepEqual(await laptop.resolve('several'), ['10.63.0.200', '10.63.0.2', 'fd63::2']);
        const before = descriptors();
        const socket = await laptop.connect({ host: 'several', port: 8002 });
        assert.equal(socket.remoteAddress, 'fd63::2');
        socket.destroy();
        await assertDescriptors(before);
        await assert.rejects(laptop.connect({ host: 'several', port: 8002, family: 4, timeout: 300 }), {
          code: 'ETIMEDOUT',
          message: /several:8002/,
        });
        await assertDescriptors(before);
      } finally {
        writeFileSync(hosts, stdout);
        server.close();
      }
    });

    test('are given up when they are told to, and leave nothing', async () => {
      const before = descriptors();
      const controller = new AbortController();
      const connecting = laptop.connect({ host: '10.63.0.200', port: 1, signal: controller.signal });
      await isSought(laptop, '10.63.0.200');
      controller.abort(new Error('enough'));
      await assert.rejects(connecting, /enough/);
      // Before it has so much as begun.
      const early = new AbortController();
      const begun = laptop.connect({ host: '10.63.0.200', port: 1, timeout: 5000, signal: early.signal });
      early.abort(new Error('at once'));
      await assert.rejects(begun, /at once/);
      await assert.rejects(
        laptop.connect({ host: 'web', port: 1, signal: AbortSignal.abort(new Error('never')) }),
        /never/,
      );
      await assertDescriptors(before);
    });

    test('that cannot be asked for are errors at once', async () => {
      const host = 'web';
      for (const bad of [
        { host, port: 0 },
        { host, port: 1, localPort: 65536 },
        { host: 'fe80::1%eth0', port: 1 },
      ])
        await assert.rejects(laptop.connect(bad), UsageError, JSON.stringify(bad));
      await assert.rejects(laptop.connect({ port: 1 } as never), UsageError);
      await assert.rejects(laptop.connect({ host, port: 1, localAddress: 'web' }), { code: 'ERR_ADDRESS' });
    });

    test('that fail a thousand times leave no descriptor', async () => {
      const before = descriptors();
      const failures = new Map<string, number>();
      const tryOne = async (host: string, port: number): Promise<void> => {
        try {
          await laptop.connect({ host, port });
          assert.fail('it connected');
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          failures.set(code!, (failures.get(code!) ?? 0) + 1);
        }
      };
      // Refused by both addresses, refused, no route, no such name.
      const kinds = [
        ['web', 1],
        ['fd63::2', 1],
        ['192.0.2.1', 1],
        ['web.', 1],
        ['no..name', 1],
      ] as const;
      for (let i = 0; i < 200; i++) await Promise.all(kinds.map(([host, port]) => tryOne(host, port)));
      assert.deepEqual(Object.fromEntries(failures), { ECONNREFUSED: 600, ENETUNREACH: 200, EAI_AGAIN: 200 });
      await assertDescriptors(before);
    });

    test('speak TLS when asked to, to the name they were made for', async () => {
      const server = web.listen(
        { port: 443 },
        createHttpsServer({ key, cert: certificate }, (_, answer) => answer.end('secret')),
      );
      const socket = await laptop.connect({ host: 'web', port: 443, tls: { ca: certificate } });
      assert.ok(socket instanceof TLSSocket && socket.authorized);
      socket.destroy();
      await assert.rejects(laptop.connect({ host: 'web', port: 443, tls: true }), {
        code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      });
      await assert.rejects(laptop.connect({ host: '10.63.0.2', port: 443, tls: { ca: certificate } }), {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      });
      const tls = { ca: certificate };
      assert.equal(await (await laptop.fetch('https://web/', { tls })).text(), 'secret');
      await assert.rejects(laptop.fetch('https://web/'), TypeError);
      server.close();
    });
  });

  suite('fetch', () => {
    let server: Server;
    let connections = 0;
    before(() => {
      server = createHttpServer((request, answer) => {
        if (request.url === '/never') return;
        answer.setHeader('x-from', request.socket.remoteAddress!);
        if (request.url === '/moved') answer.writeHead(302, { location: 'http://web:8080/there' });
        request.pipe(answer);
        if (request.method === 'GET') answer.write(`${request.headers.host}${request.url}`);
      });
      server.on('connection', () => connections++);
      web.listen({ port: 8080 }, server);
    });
    after(() => server.close());

    test('asks from the node, by name and by address, over connections that it keeps', async () => {
      const reply = await laptop.fetch('http://web:8080/health');
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.get('x-from'), '::ffff:10.63.0.1');
      assert.equal(await reply.text(), 'web:8080/health');
      const before = connections;
      for (let i = 0; i < 5; i++) await (await laptop.fetch('http://web:8080/again')).text();
      assert.ok(connections <= before + 1, `${connections - before} connections more`);
      assert.equal(await (await laptop.fetch('http://[fd63::2]:8080/')).text(), '[fd63::2]:8080/');
      assert.equal(await (await laptop.fetch('http://web:8080/moved')).text(), 'web:8080/there');
      const post = { method: 'POST', body: 'a body' };
      assert.equal(await (await laptop.fetch(new URL('http://web:8080/'), post)).text(), 'a body');
      assert.equal(await (await laptop.fetch(new Request('http://web:8080/', post))).text(), 'a body');
    });

    test('is the global one: its classes, what it takes, and no proxy', async () => {
      process.env['http_proxy'] = process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
      process.env['NODE_USE_ENV_PROXY'] = '1';
      try {
        const form = new FormData();
        form.append('field', new Blob(['content']), 'name.txt');
        const reply = await laptop.fetch('http://web:8080/', { method: 'POST', body: form });
        assert.ok(reply instanceof Response && reply.headers instanceof Headers);
        assert.match(await reply.text(), /form-data; name="field"; filename="name\.txt"[^]*content/);
        const stream = new Blob(['streamed']).stream();
        const request = new Request('http://web:8080/', { method: 'POST', body: stream, duplex: 'half' });
        assert.equal(await (await laptop.fetch(request)).text(), 'streamed');
        const moved = await laptop.fetch('http://web:8080/moved', { redirect: 'manual' });
        assert.deepEqual([moved.status, moved.headers.get('location')], [302, 'http://web:8080/there']);
        await moved.body!.cancel();
        const large = new Uint8Array(20 << 20);
        const back = await (await laptop.fetch('http://web:8080/', { method: 'POST', body: large })).arrayBuffer();
        assert.equal(back.byteLength, large.byteLength);
      } finally {
        for (const name of ['http_proxy', 'HTTP_PROXY', 'NODE_USE_ENV_PROXY']) delete process.env[name];
      }
    });

    test('fails as fetch does, with the reason', async () => {
      await assert.rejects(
        laptop.fetch('http://web:4/'),
        (error: TypeError) =>
          error instanceof TypeError && (error.cause as NodeJS.ErrnoException).code === 'ECONNREFUSED',
      );
      await assert.rejects(
        laptop.fetch('http://nowhere/'),
        (error: TypeError) => error.cause instanceof NameError && error.cause.hostname === 'nowhere',
      );
      await assert.rejects(laptop.fetch('http://web:8080/never', { signal: AbortSignal.timeout(100) }), {
        name: 'TimeoutError',
      });
      // The host itself hears nothing: it has no such name.
      await assert.rejects(fetch('http://web:8080/', { signal: AbortSignal.timeout(5000) }));
    });

    test('keeps no process from ending', async () => {
      const program = `
        const { Lab } = await import(${JSON.stringify(new URL('../../src/library/index.js', import.meta.url).href)});
        console.log(await (await Lab.find('${lab.name}').node('laptop').fetch('http://web:8080/child')).text());`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const asked = (await child.stdout.toArray()).join('');
      assert.deepEqual([asked, child.exitCode ?? (await once(child, 'exit'))[0]], ['web:8080/child\n', 0]);
    });
  });

  test('datagrams go to addresses and names, and come from the node', async () => {
    const server = web.udp({ port: 5000 });
    server.on('message', (message, { port, address }) => server.send(`${String(message)} ${address}`, port, address));
    const client = laptop.udp();
    assert.deepEqual(listening(web, 'udp'), ['0.0.0.0:5000']);
    for (const to of ['web', '10.63.0.2']) {
      client.send('hello', 5000, to);
      assert.equal(await datagram(client), 'hello 10.63.0.1');
    }
    const six = web.udp({ port: 5000, host: 'fd63::2' });
    six.on('message', (message, { port, address }) => six.send(message, port, address));
    const client6 = laptop.udp({ family: 6 });
    client6.send('six', 5000, 'web');
    assert.equal(await datagram(client6), 'six');
    assert.throws(() => web.udp({ port: 5000 }), { code: 'EADDRINUSE' });
    const failed = new Promise((resolve) => client.send('', 5000, 'nowhere', resolve));
    assert.ok((await failed) instanceof NameError);
    for (const socket of [server, client, six, client6]) socket.close();
  });

  suite('names', () => {
    let server: AsyncDisposable;
    before(async () => {
      const many = Array.from({ length: 60 }, (_, i) => `--host-record=many.example,10.99.0.${i + 1}`);
      server = await startDnsmasq(dns, [
        '--host-record=both.example,10.63.0.2,fd63::2',
        '--host-record=far.example,192.0.2.1,fd63::2',
        '--host-record=four.example,10.63.0.2',
        '--host-record=short.search.example,10.63.0.7',
        '--cname=alias.example,both.example',
        '--cname=chain.example,alias.example',
        '--local=/example/',
        ...many,
      ]);
      writeFileSync(
        own(laptop, 'resolv.conf'),
        'nameserver 10.63.0.3\nsearch search.example\noptions timeout:1 attempts:2\n',
      );
    });
    after(async () => {
      rmSync(own(laptop, 'resolv.conf'));
      await server[Symbol.asyncDispose]();
    });

    test('are found in the hosts file first, then by name servers, as `getent` finds them', async () => {
      assert.deepEqual(await laptop.resolve('WEB'), ['10.63.0.2', 'fd63::2']);
      assert.deepEqual(await laptop.resolve('web', { family: 6 }), ['fd63::2']);
      assert.deepEqual(await laptop.resolve('10.63.0.2'), ['10.63.0.2']);
      assert.deepEqual(await laptop.resolve('localhost'), ['127.0.0.1', '::1']);
      assert.deepEqual(await old.resolve('a.localhost'), ['127.0.0.1', '::1']);
      assert.deepEqual(await laptop.resolve('both.example'), ['fd63::2', '10.63.0.2']);
      assert.deepEqual(await laptop.resolve('Both.Example.', { family: 4 }), ['10.63.0.2']);
      assert.deepEqual(await laptop.resolve('four.example'), ['10.63.0.2']);
      assert.deepEqual(await laptop.resolve('chain.example', { family: 4 }), ['10.63.0.2']);
      assert.deepEqual(await laptop.resolve('short'), ['10.63.0.7']);
      // There is no route to the first: what can be reached is tried first.
      assert.deepEqual(await laptop.resolve('far.example'), ['fd63::2', '192.0.2.1']);
      for (const name of ['both.example', 'four.example', 'short', 'chain.example', 'web']) {
        const [address] = sh(`ip netns exec ${laptop.namespace} getent ahostsv4 ${name}`).split(' ');
        assert.ok((await laptop.resolve(name, { family: 4 })).includes(address as never), name);
      }
    });

    test('with more addresses than a datagram holds are asked for by TCP', async () => {
      const addresses = await laptop.resolve('many.example', { family: 4 });
      assert.equal(new Set(addresses).size, 60);
    });

    test('that do not exist are told from those nobody can tell of', async () => {
      await assert.rejects(laptop.resolve('no.such.elsewhere'), { code: 'EAI_AGAIN', message: /refused/ });
      await assert.rejects(laptop.resolve('short.'), { code: 'EAI_AGAIN' });
      await assert.rejects(laptop.resolve('nothing.example'), { code: 'ENOTFOUND', hostname: 'nothing.example' });
      await assert.rejects(laptop.resolve('four.example', { family: 6 }), { code: 'ENOTFOUND' });
      await assert.rejects(laptop.resolve('10.63.0.2', { family: 6 }), { code: 'ENOTFOUND' });
      for (const name of ['', '.', 'a..b', `${'x'.repeat(64)}.example`])
        await assert.rejects(laptop.resolve(name), NameError, name);
      // Nobody answers there, and then somebody does.
      const conf = own(laptop, 'resolv.conf');
      writeFileSync(conf, 'nameserver 10.63.0.1\nnameserver 10.63.0.3\noptions timeout:1\n');
      assert.deepEqual(await laptop.resolve('four.example'), ['10.63.0.2']);
      writeFileSync(conf, 'nameserver 10.63.0.1\noptions timeout:1 attempts:1\n');
      await assert.rejects(laptop.resolve('four.example'), {
        code: 'EAI_AGAIN',
        message: /10\.63\.0\.1.*ECONNREFUSED/,
      });
      const silent = web.udp({ port: 53 });
      writeFileSync(conf, 'nameserver 10.63.0.2\noptions timeout:30\n');
      await assert.rejects(laptop.resolve('x.example', { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
      silent.close();
    });

    test('are believed only of who was asked, about what was asked', async () => {
      const before = descriptors();
      const server = web.udp({ port: 53 });
      const other = web.udp({ port: 54 });
      let asked = 0;
      server.on('message', (query, { port, address }) => {
        asked++;
        const answer = (ip: readonly number[], change: (bytes: Buffer) => void = () => {}): Buffer => {
          const type = query.readUInt16BE(query.length - 4);
          const data = type === 1 ? ip : [...Array.from({ length: 12 }, () => 0), ...ip];
          const record = [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, data.length, ...data];
          const bytes = Buffer.concat([query, Buffer.from(record)]);
          bytes.writeUInt16BE(0x8180, 2);
          bytes.writeUInt16BE(1, 6);
          change(bytes);
          return bytes;
        };
        const forged = [
          answer([6, 6, 6, 1], (bytes) => bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0)),
          answer([6, 6, 6, 2], (bytes) => (bytes[13]! ^= 1)),
          answer([6, 6, 6, 3], (bytes) => (bytes[2] = 0x01)),
          answer([6, 6, 6, 4], (bytes) => bytes.writeUInt16BE(0xffff, 6)),
          // Its name points to itself.
          answer([6, 6, 6, 5], (bytes) => (bytes[query.length + 1] = query.length)),
          Buffer.alloc(0),
          Buffer.from([1, 2, 3]),
        ];
        other.send(answer([6, 6, 6, 6]), port, address, () => {
          for (const bytes of [...forged, answer([10, 1, 2, 3])]) server.send(bytes, port, address);
        });
      });
      const conf = own(laptop, 'resolv.conf');
      writeFileSync(conf, 'nameserver 10.63.0.2\n');
      assert.deepEqual(await laptop.resolve('trusting.example', { family: 4 }), ['10.1.2.3']);
      assert.equal(asked, 1);
      server.close();
      other.close();
      await assertDescriptors(before);
    });
  });

  test('closing a node, or taking the lab down, closes all of it', async () => {
    const server = web.listen({ port: 8003 }, (socket) => void socket.on('error', () => {}));
    const client = await laptop.connect({ host: 'web', port: 8003 });
    const datagrams = web.udp({ port: 5001 });
    const closed = Promise.all([server, client, datagrams].map((thing) => once(thing, 'close')));
    await web.close();
    await laptop.close();
    await closed;
    assert.deepEqual([listening(web, 'tcp'), listening(web, 'udp')], [[], []]);
    for (const node of lab.nodes) await node.close();
    assert.deepEqual(
      descriptors().filter((line) => line.includes(lab.name)),
      [],
    );
    // A node may be used again.
    web.listen(
      { port: 8003 },
      createHttpServer((_, answer) => answer.end('again')),
    );
    assert.equal(await (await laptop.fetch('http://web:8003/')).text(), 'again');

    const short = await Lab.up({
      name: labName('short'),
      networks: { lan: { subnet: '10.66.0.0/24' } },
      nodes: { a: { networks: ['lan'] } },
    });
    const waiting = short.node('a').listen({ port: 8004 });
    const kept = await short.node('a').connect({ host: 'localhost', port: 8004 });
    const ended = Promise.all([once(waiting, 'close'), once(kept, 'close')]);
    // Under way, where nobody answers.
    const a = short.node('a');
    const nobody = '10.66.0.200';
    const pending = [
      a.connect({ host: nobody, port: 1, timeout: 0 }),
      a.fetch(`http://${nobody}/`),
      // A connection there is, but no answer.
      a.fetch('http://localhost:8004/'),
    ].map((one) =>
      assert.rejects(one, (error: Error & { code?: string }) => {
        const { code } = error instanceof TypeError ? (error.cause as typeof error) : error;
        assert.equal(code, 'ERR_NODE_CLOSED');
        return true;
      }),
    );
    await isSought(a, nobody);
    await short.down();
    await Promise.all([ended, ...pending]);
    const gone = { code: 'ENOENT', message: /there is no namespace ".*\.a"/ };
    assert.throws(() => a.listen({ port: 1 }), gone);
    assert.throws(() => a.spawn('true'), gone);
    for (const use of [a.exec('true'), a.connect({ host: nobody, port: 1 }), a.resolve('a')])
      await assert.rejects(use, gone);
    await assert.rejects(a.fetch('http://a/'), { name: 'TypeError' });
  });

  test('a lab that somebody else has brought up anew is used as it is now', async () => {
    const topology = { name: labName('anew'), networks: { lan: {} }, nodes: { a: { networks: ['lan'] } } };
    const before = await Lab.up(topology);
    const a = before.node('a');
    const program = ['-Hno', 'state', 'listening', 'sport', '=', ':7'];
    a.listen({ port: 7 });
    await a.exec('true');
    // As another process would.
    await Lab.find(topology.name).down();
    const now = await Lab.up(topology);
    const server = a.listen({ port: 7 });
    assert.notEqual((await now.node('a').exec('ss', program)).stdout, '');
    assert.notEqual((await a.exec('ss', program)).stdout, '');
    server.close();
    await before.down();
    await now.down();
  });
});
