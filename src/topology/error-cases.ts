// For tests of topologies that are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTopology, TopologyError } from './index.ts';

/** What is wrong, the file, and the message without the file's name: the whole of it, or a pattern. */
export type ErrorCase = readonly [what: string, text: string, message: string | RegExp];

/** A test for each case. */
export function testErrors(cases: readonly ErrorCase[]): void {
  for (const [what, text, message] of cases)
    test(`${what} is an error with its place`, () => {
      const actual = messageOf(text);
      if (typeof message === 'string') assert.equal(actual, message);
      else assert.match(actual, message);
    });
}

/** The message of the file `shop.yaml`. */
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

/** A network. */
export const NET = 'networks: { lan: { subnet: 10.0.0.0/29 } }';
