import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneLine, printable, printableJson } from './printable.ts';

/** Control characters for terminals and bidirectional text, by their Unicode properties instead of a list. */
const CONTROL = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

test('control characters of terminals and bidirectional text are escaped, and no others', () => {
  let block: Record<string, string[]> = {};
  for (let code = 0; code <= 0x1_ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    const shown = printable(`a${character}b`);
    if (character === '\n' || character === '\t' || !CONTROL.test(character)) assert.equal(shown, `a${character}b`);
    else assert.match(shown, /^a\\(r|x[0-9a-f]{2}|u[0-9a-f]{4})b$/, `U+${code.toString(16)}`);
    if (CONTROL.test(oneLine(shown))) assert.fail(`U+${code.toString(16)} in a line`);
    // Few characters in one document: parsing one for each takes most of the time.
    block[character] = [character];
    if (code % 256 < 255) continue;
    const json = printableJson(block);
    assert.deepEqual(JSON.parse(json), block);
    assert.ok(!CONTROL.test(json), `JSON up to U+${code.toString(16)}`);
    block = {};
  }
});

test('no combination leaves a control character, and escaping twice changes nothing', () => {
  const parts = [
    '\u001b',
    '[31m',
    ']0;title\u0007',
    '\u009b2J',
    '\r',
    '\n',
    '\r\n',
    '\t',
    '\u202e',
    '\u2028',
    'é',
    '日本',
    '\\x1b',
  ];
  for (let i = 0; i < 2000; i++) {
    const text = Array.from({ length: 6 }, (_, j) => parts[(i * 7 + j * j * (i % 11)) % parts.length]).join('');
    const shown = printable(text);
    assert.ok(!CONTROL.test(shown.replaceAll(/\r?\n|\t/g, '')), JSON.stringify(shown));
    assert.equal(printable(shown), shown);
    assert.ok(!CONTROL.test(printable(oneLine(text))), JSON.stringify(text));
  }
});

test('escaped characters are readable', () => {
  assert.equal(printable('\u001b[31mred\u001b]0;x\u0007'), String.raw`\x1b[31mred\x1b]0;x\x07`);
  assert.equal(printable('\u009b31m \u202etxt.exe'), String.raw`\x9b31m \u202etxt.exe`);
  assert.equal(printable('50%\r100%\r\n'), '50%\\r100%\r\n');
  assert.equal(oneLine('a\nnetwright: all is well\t'), String.raw`a\nnetwright: all is well\t`);
});
