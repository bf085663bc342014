import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { parseLocal4, parseLocal6 } from './net-addresses.ts';
import { hasDefaultRoute4, hasDefaultRoute6 } from './net-routes.ts';
import { inodeOnPort, sctpIn, waitingIn, waitingSockets } from './net-sockets.ts';
import { netFolder, parseRows } from './net-table.ts';
import { parseUnixSockets } from './net-unix.ts';

const TCP = parseRows(`  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0050 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:C351 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000000000000000
`);
const TCP6 = parseRows(`  sl  local_address                         remote_address                        st …
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1
   1: 0:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1
`);

suite('/proc/PID/net', () => {
  test('tcp and tcp6: listening sockets, and the socket of a port', () => {
    const loopback = new Uint8Array(new Uint32Array([0x0100007f]).buffer);
    assert.deepEqual(waitingIn(TCP, 'tcp', 80), [{ address: loopback, inode: '4711' }]);
    assert.deepEqual(waitingIn(TCP, 'tcp', 8080), [], 'a closed connection does not listen');
    assert.deepEqual(waitingIn(TCP, 'udp', 80), []);
    assert.deepEqual(
      waitingIn(TCP6, 'tcp', 80),
      [{ address: new Uint8Array(16), inode: '4713' }],
      'an invalid address is ignored',
    );
    assert.equal(inodeOnPort(TCP, 80), '4711');
    assert.equal(inodeOnPort(TCP, 8080), undefined, 'a socket without a process has no inode');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(' ', '\n', ':', '0', 'A', 'x') }), (text) => {
        waitingIn(parseRows(text), 'tcp', 0xa);
        inodeOnPort(parseRows(text), 0xa);
      }),
    );
  });

  test('a socket of this process is found', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const [socket] = waitingSockets(netFolder('self'), 'tcp', port);
    assert.deepEqual([...socket!.address], [127, 0, 0, 1]);
    assert.deepEqual(waitingSockets(netFolder('self'), 'tcp', port, { ipv6Only: true }), []);
    server.close();
  });

  test('sctp/eps: the endpoints on a port', () => {
    const rows = parseRows(` ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
ffff8801 ffff8802 2   10  29   5000    0 8888 127.0.0.1
ffff8803 ffff8804 2   10
`);
    assert.deepEqual(sctpIn(rows, 5000), ['8888']);
    assert.deepEqual(sctpIn(rows, 500), []);
  });

  test('unix: inodes, and paths if there are any', () => {
    const sockets = parseUnixSockets(`Num       RefCount Protocol Flags    Type St Inode Path
ffff8f: 00000002 00000000 00010000 0001 01 12345 /run/a b (c)
ffff90: 00000003 00000000 00000000 0001 03    17
ffff91: 00000002 00000000 00010000 0002 01   900 @abstract /run/x
0000000000000000: 00000002 00000000 00010000 0001 01 901 /run/line
break
ffff92: 00000002 00000000 00010000 0001
`);
    assert.deepEqual(sockets, [
      { inode: '12345', path: '/run/a b (c)' },
      { inode: '17' },
      { inode: '900' },
      { inode: '901', path: '/run/line' },
    ]);
  });

  test('route and ipv6_route: a default route over exactly this link', () => {
    const route =
      'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0100000A\t0003\nuplink\t00FF13C6\t00000000\t0001\n';
    assert.deepEqual([hasDefaultRoute4(route, 'eth0'), hasDefaultRoute4(route, 'uplink')], [true, false]);
    assert.equal(hasDefaultRoute4(route, 'eth'), false);
    const zeros = '0'.repeat(32);
    const route6 = `${zeros} 00 ${zeros} 00 fe80${'0'.repeat(28)} 00000400 1 0 00000003   uplink\n${zeros} 40 ${zeros} 00 ${zeros} 1 1 0 1   eth0\n`;
    assert.deepEqual([hasDefaultRoute6(route6, 'uplink'), hasDefaultRoute6(route6, 'eth0')], [true, false]);
    assert.equal(hasDefaultRoute6('', 'uplink'), false);
  });

  test('fib_trie and if_inet6: the local addresses', () => {
    assert.deepEqual(
      parseLocal4(`Local:
  +-- 0.0.0.0/0 3 0 5
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     |-- 192.0.2.9
        /32 host LOCAL
`),
      ['127.0.0.1', '192.0.2.9'],
    );
    assert.deepEqual(parseLocal4('  /32 host LOCAL\n'), [], 'there is no address above it');
    assert.deepEqual(parseLocal6('00000000000000000000000000000001 01 80 10 80       lo\nshort 01\n\n'), [1n]);
  });
});
