// Helpers for tests of invalid topologies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTopology, TopologyError } from './index.ts';

/** The fault, the file, and the expected message without the file name: the whole text or a pattern. */
export type ErrorCase = readonly [fault: string, text: string, message: string | RegExp];

/** Defines a test for each case. */
export function testErrors(cases: readonly ErrorCase[]): void {
  for (const [fault, text, message] of cases)
    test(`${fault} is an error with its position`, () => {
      const actual = messageOf(text);
      if (typeof message === 'string') assert.equal(actual, message);
      else assert.match(actual, message);
    });
}

/** The error message for the text as the file `shop.yaml`. */
export const messageOf = (text: string): string =>
  errorOf(() => parseTopology(text, 'labs/shop.yaml')).message.replaceAll('labs/shop.yaml:', '');

export function errorOf(run: () => unknown): TopologyError {
  try {
    run();
  } catch (error) {
    assert(error instanceof TopologyError, String(error));
    return error;
  }
  return assert.fail('no error');
}

/** A topology with one network. */
export const NET = 'networks: { lan: { subnet: 10.0.0.0/29 } }';
