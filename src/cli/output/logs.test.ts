import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutControls } from './logs.ts';

test('a line of a log keeps its colours up to its end, and has no other control characters', () => {
  assert.equal(
    withoutControls('\u001b[1;32mok\u001b[0m done\tin 2 s', true),
    '\u001b[1;32mok\u001b[0m done\tin 2 s\u001b[0m',
  );
  assert.equal(
    withoutControls('\u001b[38;5;8mgrey\u001b[38:2::8:8:8mtoo', true),
    '\u001b[38;5;8mgrey\u001b[38:2::8:8:8mtoo\u001b[0m',
  );
  assert.equal(withoutControls('\u001b[32mok\u001b[0m', false), 'ok');
  assert.equal(withoutControls('\u001b]0;title\u0007\u001b[2Jx\r', true), String.raw`\x1b]0;title\x07\x1b[2Jx`);
  for (const sgr of ['8', '1;8', '08', '38;5;1;8', '0;8;1'])
    assert.equal(withoutControls(`\u001b[${sgr}mseen`, true), 'seen\u001b[0m');
});

test('of any control characters in a line, only colours remain', () => {
  const parts = [
    '\u001b',
    '[',
    '8',
    ';',
    '31',
    'm',
    '\u009b',
    '\r',
    '\u202e',
    ']0;t',
    '\u0007',
    'A',
    '\u001b[3',
    '8;5;8m',
  ];
  for (let i = 0; i < 5000; i++) {
    const line = Array.from({ length: 8 }, (_, j) => parts[(i * (j + 3) + ((i >> j) % 5) * j) % parts.length]).join('');
    // eslint-disable-next-line no-control-regex
    const uncoloured = withoutControls(line, true).replaceAll(/\u001b\[[\d;:]*m/g, '');
    assert.doesNotMatch(uncoloured, /[\p{Cc}\p{Bidi_Control}]/u, JSON.stringify(line));
    assert.doesNotMatch(withoutControls(line, false), /[\p{Cc}\p{Bidi_Control}]/u, JSON.stringify(line));
  }
});
