import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { heredoc, quote } from './shell.ts';

/** Each run starts a shell. */
const RUNS = process.env['NETWRIGHT_FUZZ'] === 'full' ? 150 : 30;

/** Runs a script and returns its output. */
function sh(script: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-eu'], { input: script, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

/** Strings with many characters that are special to a shell. */
const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('\'"\\$`!*?[]{}()<>|&;#~=-\n\t a0')) }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', "'", "''", '-n', '--', '$(id)', '`id`', '\\', '\n', '*', '~root', '!!', 'a=b'),
);

test('a quoted word reaches the command unchanged', () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 20 }), (words) => {
      assert.equal(sh(`printf '%s\\037' ${words.map(quote).join(' ')}`), words.map((word) => `${word}\u001f`).join(''));
    }),
    { numRuns: RUNS },
  );
});

test('a here-document reaches the command unchanged, whatever lines are in it', () => {
  const line = fc.oneof(hostile, fc.constantFrom('EOF', 'EOF2', 'EOF3', ' EOF', '$(id)'));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.map((part) => `${part}\n`).join('');
      assert.equal(sh(`${heredoc('cat', text)}\nprintf end`), `${text}end`);
    }),
    { numRuns: RUNS },
  );
});

test('every character of two bytes, in a word and in a text', () => {
  const text = Array.from({ length: 0x780 }, (_, i) => String.fromCodePoint(0x80 + i)).join('');
  assert.equal(sh(`printf %s ${quote(text)}`), text);
  assert.equal(sh(heredoc('cat', `E\u0300\n${text}\n`)), `E\u0300\n${text}\n`);
});

test('words that need no quotes get none', () => {
  assert.equal(quote('10.0.0.1/24'), '10.0.0.1/24');
  assert.equal(quote('net.ipv4.conf.eth0/5.rp_filter=1'), 'net.ipv4.conf.eth0/5.rp_filter=1');
  assert.equal(quote(1500), '1500');
  assert.equal(quote("it's"), String.raw`'it'\''s'`);
  assert.equal(quote('a\0b'), 'ab');
});
