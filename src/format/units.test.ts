import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parsePercentage, parseRate, parseSize } from './units.ts';

test('each unit has its factor', () => {
  assert.equal(parseDuration('20ms'), 20);
  assert.equal(parseDuration('1.5s'), 1500);
  assert.equal(parseDuration('500us'), 0.5);
  assert.equal(parseDuration('2m'), 120_000);
  assert.equal(parsePercentage('0.1%'), 0.1);
  assert.equal(parseRate('10mbit'), 10_000_000);
  assert.equal(parseSize('64kB'), 64_000);
  assert.equal(parseSize('1KiB'), 1024);
});

test('the error for a number without a unit lists the units', () => {
  assert.throws(() => parseDuration('20'), /"20" has no unit: use one of us, ms, s, m, h, such as 20ms/);
  assert.throws(() => parsePercentage('1'), /has no unit: use one of %/);
  assert.throws(() => parseRate('1000'), /one of bit, kbit, mbit, gbit, such as 10mbit/);
});

test('invalid quantities are refused', () => {
  assert.throws(() => parseDuration('20 parsecs'), /unknown unit/);
  assert.throws(() => parseDuration('20constructor'), /unknown unit/);
  assert.throws(() => parseDuration('-5ms'), /"-5ms" is not a duration/);
  assert.throws(() => parseDuration('fast'), /is not a duration, such as 20ms/);
  assert.throws(() => parsePercentage('101%'), /more than 100%/);
});
