import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoute } from './text.ts';

const hop = (gateway?: string, device?: string, weight = 1) => ({
  ...(gateway !== undefined && { gateway }),
  ...(device !== undefined && { device }),
  weight,
});

for (const [text, expected] of [
  ['default via 10.0.0.1', { family: 4, type: 'unicast', destination: '0.0.0.0/0', nexthops: [hop('10.0.0.1')] }],
  ['default via fd00::1', { family: 6, type: 'unicast', destination: '::/0', nexthops: [hop('fd00::1')] }],
  ['default dev eth0', { family: 4, type: 'unicast', destination: '0.0.0.0/0', nexthops: [hop(undefined, 'eth0')] }],
  ['::/0  via FD00:0::1', { family: 6, type: 'unicast', destination: '::/0', nexthops: [hop('fd00::1')] }],
  ['10.1.2.3 dev eth0', { family: 4, type: 'unicast', destination: '10.1.2.3/32', nexthops: [hop(undefined, 'eth0')] }],
  ['fd00::9 dev eth0', { family: 6, type: 'unicast', destination: 'fd00::9/128', nexthops: [hop(undefined, 'eth0')] }],
  ['blackhole 10.0.0.0/8', { family: 4, type: 'blackhole', destination: '10.0.0.0/8', nexthops: [] }],
  [
    'unreachable fd00::/8 metric 5',
    { family: 6, type: 'unreachable', destination: 'fd00::/8', nexthops: [], metric: 5 },
  ],
  ['prohibit default', { family: 4, type: 'prohibit', destination: '0.0.0.0/0', nexthops: [] }],
  [
    '10.99.0.0/16 via 10.0.0.1 dev eth1 src 10.0.0.5 metric 100 mtu 1400 table 10 onlink',
    {
      family: 4,
      type: 'unicast',
      destination: '10.99.0.0/16',
      nexthops: [hop('10.0.0.1', 'eth1')],
      source: '10.0.0.5',
      metric: 100,
      mtu: 1400,
      table: 10,
      onlink: true,
    },
  ],
  [
    '10.0.0.0/8 via 10.0.0.1 table 254',
    { family: 4, type: 'unicast', destination: '10.0.0.0/8', nexthops: [hop('10.0.0.1')] },
  ],
  [
    'default metric 7 nexthop via 10.0.0.1 weight 3 nexthop via 10.0.1.1 dev eth1',
    {
      family: 4,
      type: 'unicast',
      destination: '0.0.0.0/0',
      nexthops: [hop('10.0.0.1', undefined, 3), hop('10.0.1.1', 'eth1')],
      metric: 7,
    },
  ],
] as const) {
  test(`reads ${text}`, () => {
    assert.deepEqual(parseRoute(text), expected);
  });
}

for (const [text, message] of [
  ['', /needs a destination/],
  ['blackhole', /needs a destination/],
  ['10.0.0.0/8', /needs a gateway .* or a device/],
  ['10.0.0.1/8 via 10.0.0.1', /host bits set; the network is 10\.0\.0\.0\/8/],
  ['web via 10.0.0.1', /"web" is not a destination/],
  ['10.0.0.0/8 via', /needs the address of a gateway after "via"/],
  ['10.0.0.0/8 via web', /"web" is not an IP address/],
  ['10.0.0.0/8 via 10.0.0.1 metrc 5', /unknown word "metrc" \(did you mean "metric"\?\)/],
  ['10.0.0.0/8 via 10.0.0.1 via 10.0.0.2', /has "via" twice/],
  ['10.0.0.0/8 via 10.0.0.1 metric -1', /number from 0 to 4294967295 after "metric", not "-1"/],
  ['10.0.0.0/8 via 10.0.0.1 table main', /number from 1 to 4294967295 after "table"/],
  ['10.0.0.0/8 via fd00::1', /mixes IPv4 and IPv6/],
  ['10.0.0.0/8 dev eth0 src fd00::1', /mixes IPv4 and IPv6/],
  ['blackhole 10.0.0.0/8 via 10.0.0.1', /type blackhole, which goes to no gateway/],
  ['10.0.0.0/8 via 10.0.0.1 weight 2', /unknown word "weight"/],
  ['10.0.0.0/8 via 10.0.0.1 nexthop via 10.0.0.2', /both a next hop of its own and "nexthop"/],
  ['10.0.0.0/8 nexthop weight 2', /neither "via" nor "dev"/],
  ['10.0.0.0/8 nexthop via 10.0.0.1 weight 257', /from 1 to 256/],
  ['10.0.0.0/8 via 10.0.0.1 onlink', /"onlink", which needs a device/],
] as const) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseRoute(text), message);
  });
}
