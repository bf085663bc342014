import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { FormatError } from './format-error.ts';
import { joinCommand, splitCommand } from './command.ts';

/** The words into which sh(1) splits a text. */
function shell(text: string): string[] {
  const { stdout, status } = spawnSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' });
  assert.equal(status, 0, text);
  return stdout.split('\0').slice(0, -1);
}

test('a command is split as a shell splits it', () => {
  for (const text of [
    'node server.js',
    '  a\t\'b c\'  "d e"  ',
    `sh -c 'echo "$HOME"; true | cat'`,
    String.raw`a\ b "c\"d\\e\x" 'f\g' \'`,
    `a""b '' "" c`,
    `--flag="two words"'and more'`,
    'a "b\nc" d\\\ne',
    'größe "日本 語"',
    'a#b a=b x@y:z',
  ])
    assert.deepEqual(splitCommand(text), shell(text), text);
});

test('expansions of a shell are kept as text', () => {
  assert.deepEqual(splitCommand('echo $HOME *.js ~ {a,b} "$(x)"'), ['echo', '$HOME', '*.js', '~', '{a,b}', '$(x)']);
});

test('an invalid command is refused', () => {
  for (const [text, message] of [
    ['', /is empty/],
    ["'' x", /is empty/],
    ["echo 'a", /has a ' that is not closed/],
    ['echo "a', /has a " that is not closed/],
    ['echo a\\', /ends with a backslash/],
    ['a | b', /no shell reads the command: quote the "\|", or write it as sh -c/],
    ['a && b', /quote the "&"/],
    ['a > b', /quote the ">"/],
    ['a; b', /quote the ";"/],
    ['echo `id`', /quote the "`"/],
    ['a\0b', /NUL/],
  ] as const)
    assert.throws(
      () => splitCommand(text),
      (error) => error instanceof FormatError && message.test(error.message),
      text,
    );
});

test('joined words are split into the same words', () => {
  for (const words of [
    ['node', 'a b', ''],
    ["it's", '"', '\\', '$x', ';', '\n', '-n', '*'],
  ])
    assert.deepEqual(splitCommand(joinCommand(words)), words);
  assert.equal(joinCommand(['node', 'server.js', '--port=80']), 'node server.js --port=80');
});
