// What the kernel keeps track of, as conntrack(8) lists it.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { suite, test } from 'node:test';
import { deleteFlows, listFlows, type Flow, type Tuple } from '../../src/conntrack/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../../src/netlink/index.ts';
import { feed, run } from '../support/command.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const RULES = `table inet track {
  chain output { type nat hook output priority -100; ip daddr 127.0.0.1 udp dport 999 dnat ip to 127.0.0.1:998; }
  chain marks { type filter hook output priority 0; meta l4proto udp ct mark set 7; }
}`;

const tuple = ({ source, destination, sourcePort, destinationPort, icmp }: Tuple, reverse = false): string =>
  `src=${source} dst=${destination} ${
    icmp === undefined
      ? `sport=${sourcePort} dport=${destinationPort}`
      : `type=${reverse ? 0 : icmp.type} code=${icmp.code} id=${icmp.id}`
  }`;
const words = ({ original, reply, mark = 0 }: Flow): string =>
  `${original.protocol} ${tuple(original)} ${tuple(reply, true)} mark=${mark}`;
/** Lines of conntrack -L without what passes. */
const listed = (family: string): string[] =>
  run('conntrack', '-L', '-f', family)
    .split('\n')
    .filter((line) => line.includes('src='))
    .map((line) =>
      line
        .replace(/^(\S+) .*?(?=src=)/, '$1 ')
        .replaceAll(/ (\[\w+\]|use=\d+|packets=\d+|bytes=\d+)/g, '')
        .trim(),
    )
    .toSorted();

suite('tracked connections', { skip: skipWithoutRoot }, () => {
  test('are listed, and forgotten, as conntrack(8) sees it', async (t) => {
    feed(RULES, 'nft', '-f', '-');
    const udp = createSocket('udp4').bind(998, '127.0.0.1');
    await once(udp, 'listening');
    const client = createSocket('udp4').bind(45_000, '127.0.0.1');
    await once(client, 'listening');
    client.send('x', 999, '127.0.0.1');
    await once(udp, 'message');
    const six = createSocket('udp6').bind(45_001, '::1');
    await once(six, 'listening');
    await new Promise((resolve) => six.send('x', 998, '::1', resolve));
    const server = createServer().listen(8080, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect(8080, '127.0.0.1');
    await once(socket, 'connect');
    t.after(() => {
      socket.destroy();
      for (const open of [udp, client, six]) open.close();
      server.close();
      run('nft', 'flush', 'ruleset');
    });
    run('ping', '-c1', '127.0.0.1');

    using netfilter = NetlinkSocket.open(NETLINK_NETFILTER);
    const flows = listFlows(netfilter);
    assert.deepEqual(
      flows
        .filter(({ family }) => family === 4)
        .map(words)
        .toSorted(),
      listed('ipv4'),
    );
    assert.deepEqual(listFlows(netfilter, { family: 6 }).map(words).toSorted(), listed('ipv6'));
    const translated = flows.find(({ original }) => original.destinationPort === 999)!;
    assert.equal(translated.reply.sourcePort, 998);
    assert.ok(translated.status.includes('confirmed') && translated.mark === 7);
    assert.equal(flows.find(({ original }) => original.protocol === 'tcp')!.tcp, 'established');

    deleteFlows(netfilter, [translated]);
    assert.equal(listed('ipv4').length, flows.filter(({ family }) => family === 4).length - 1);
    assert.ok(!listed('ipv4').some((line) => line.includes('dport=999')));
    // What has gone already is no error.
    deleteFlows(netfilter, [translated]);
    deleteFlows(netfilter, listFlows(netfilter));
    assert.deepEqual([...listed('ipv4'), ...listed('ipv6')], []);
  });
});
