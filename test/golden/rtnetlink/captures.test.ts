import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writer } from '../../../src/wire/index.ts';
import { captures as address } from './address.ts';
import { captures as bridge } from './bridge.ts';
import { captures as bridgePort } from './bridge-port.ts';
import { captures as bridgeRequests } from './bridge-requests.ts';
import { read } from './capture.ts';
import { captures as linkRequests } from './link-requests.ts';
import { captures as macvlan } from './macvlan.ts';
import { captures as neighbour } from './neighbour.ts';
import { captures as route } from './route.ts';
import { captures as rule } from './rule.ts';
import { captures as tap } from './tap.ts';
import { captures as veth } from './veth.ts';
import { captures as vxlan } from './vxlan.ts';

const all = {
  address,
  bridge,
  bridgePort,
  bridgeRequests,
  linkRequests,
  macvlan,
  neighbour,
  route,
  rule,
  tap,
  veth,
  vxlan,
};

for (const [name, captures] of Object.entries(all)) {
  for (const capture of captures) {
    test(`${name}: ${capture.title}`, () => {
      assert.deepEqual(read(capture), capture.value);
      const to = new Writer();
      capture.codec.write(to, capture.value);
      assert.equal(Buffer.from(to.written()).toString('hex'), Buffer.from(capture.bytes).toString('hex'));
    });
  }
}
