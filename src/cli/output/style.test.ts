import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { padEnd, sanitized, STDOUT, styleFor, widthOf } from './style.ts';

const { FORCE_COLOR: force } = process.env;
before(() => void (process.env['FORCE_COLOR'] = '1'));
after(() => {
  if (force === undefined) delete process.env['FORCE_COLOR'];
  else process.env['FORCE_COLOR'] = force;
});

test('styles of Netwright become colours, and escape sequences from elsewhere are escaped', () => {
  const { bold, red } = styleFor(STDOUT);
  const foreign = '\u001b[31mred\u001b[39m';
  assert.equal(
    sanitized(`${bold(red('ours'))} ${foreign}`),
    '\u001b[1m\u001b[31mours\u001b[39m\u001b[22m \\x1b[31mred\\x1b[39m',
  );
  assert.equal(sanitized(red(foreign)), '\u001b[31m\\x1b[31mred\\x1b[39m\u001b[39m');
  assert.equal(sanitized(red('')), '');
});

test('the width of a text is that of its sanitized form', () => {
  const { cyan } = styleFor(STDOUT);
  assert.equal(widthOf(cyan('ab\u0007')), 6);
  assert.equal(sanitized(padEnd(cyan('ab\u0007'), 8)), '\u001b[36mab\\x07\u001b[39m  ');
});
