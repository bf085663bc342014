import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr } from '../addr/index.ts';
import type { Operation } from '../plan/index.ts';
import { verifyDeletions } from './verify-deletions.ts';

const route = (destination: string): Operation => ({
  op: 'delete-route',
  namespace: 'shop.web',
  route: { type: 'unicast', destination: parseCidr(destination), device: 'eth0' },
});

test('a deletion that the kernel answered with "no such object" is verified, and only then', () => {
  verifyDeletions({ unconfirmed: [] }, () => assert.fail('there was nothing to verify'));
  verifyDeletions({ unconfirmed: [route('10.0.0.0/8')] }, () => [route('10.1.0.0/16')]);
  assert.throws(
    () => verifyDeletions({ unconfirmed: [route('10.0.0.0/8')] }, () => [route('10.1.0.0/16'), route('10.0.0.0/8')]),
    {
      code: 'ERR_STILL_THERE',
      message:
        'the kernel did not delete the route to 10.0.0.0/8 of web, on eth0: it answered that it does not exist, but it still does; delete it by hand: ip -n shop.web route del 10.0.0.0/8',
    },
  );
});
