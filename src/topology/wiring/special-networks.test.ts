import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '../error-cases.ts';
import { parseTopology } from '../index.ts';

const withNetwork = (key: string): string => messageOf(`networks:\n  lan: { subnet: 10.0.0.0/24 }\n${key}`);

for (const [subnet, range] of [
  ['0.0.0.0/24', /0\.0\.0\.0\/8 is "this network"/],
  ['0.0.0.0/0', /0\.0\.0\.0\/8 is/],
  ['127.5.0.0/16', /127\.0\.0\.0\/8 is the loopback/],
  ['127.0.0.0/8', /127\.0\.0\.0\/8/],
  ['224.0.0.0/24', /224\.0\.0\.0\/4 is multicast/],
  ['fe80::/64', /fe80::\/10 is link-local/],
  ['ff02::/64', /ff00::\/8 is multicast/],
  ['::/64', /::\/128 is the unspecified address/],
  ['::ffff:192.0.2.0/120', /::ffff:0\.0\.0\.0\/96 is IPv4/],
] as const)
  test(`no host can have an address in ${subnet}`, () => {
    const subnets = [
      messageOf(`networks:\n  lan: { subnet: "${subnet}" }`),
      withNetwork(`nodes: { a: , b: }\nlinks:\n  - { between: [a, b], subnet: ["${subnet}"] }`),
    ];
    assert.match(subnets[0]!, /^2:18: invalid subnet /);
    assert.match(subnets[1]!, /^5:33: invalid subnet /);
    for (const message of subnets) assert.match(message, range);
    // The same for the address of a host in each subnet.
    const address = subnet.replace(/(::|\.0)\/\d+$/, (end) => (end.startsWith('::') ? '::/128' : '.5/30'));
    const addresses = [
      messageOf(`networks: { bare: }\nnodes:\n  a: { networks: { bare: "${address}" } }`),
      messageOf(`nodes: { a: , b: }\nlinks:\n  - between: [a, b]\n    addresses: { b: ["${address}"] }`),
    ];
    assert.match(addresses[0]!, /^3:26: invalid host address /);
    assert.match(addresses[1]!, /^4:22: invalid host address /);
    for (const message of addresses) assert.match(message, range);
  });

test('special networks that the kernel accepts are valid', () => {
  const text = `
networks: { a: { subnet: 240.1.0.0/24 }, b: { subnet: 255.255.255.0/24 }, c: { subnet: "fec0::/64" }, bare: }
nodes:
  x: { networks: { a: , b: , c: , bare: 169.254.1.1/16 }, routes: [ 239.0.0.0/8 dev eth0, blackhole 127.9.0.0/16,
    0.0.0.0/1 via 240.1.0.9, "fe80::/64 dev eth2", 224.0.0.0/8 via 240.1.0.9, "::/1 via fec0::9" ] }`;
  parseTopology(text, 'lab.yaml');
});
