import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { portChoices } from './port-choices.ts';

const apply = (port: number, { mask, xor }: { mask: number; xor: number }): number => (port & mask) ^ xor;

test('the ports to try are in the range, of the right parity, and all different', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 65535 }),
      fc.nat(65535),
      fc.boolean(),
      fc.nat(65535),
      (low, more, parity, port) => {
        const high = Math.min(65535, low + more);
        const choices = portChoices([low, high], parity).map((choice) => apply(port, choice));
        assert.ok(choices.length > 0);
        assert.ok(choices.every((choice) => choice >= low && choice <= high));
        assert.equal(new Set(choices).size, choices.length);
        // In a small range, a block of one port has no port of the other parity.
        if (parity && high - low >= 16) assert.ok(choices.every((choice) => choice % 2 === port % 2));
        if (!parity && high - low < 8) assert.equal(choices.length, high - low + 1);
      },
    ),
  );
});
