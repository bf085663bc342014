import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argumentsOf, commandOf, environmentOf, parseEnvironment, parseWords } from './command-line.ts';
import { restored } from './original-bytes.ts';

test('words end with a null byte, and can contain anything else', () => {
  assert.deepEqual(parseWords('sh\0-c\0echo "a b"\n(x)\0\0last\0'), ['sh', '-c', 'echo "a b"\n(x)', '', 'last']);
  assert.deepEqual(parseWords('nginx: worker process'), ['nginx: worker process'], 'a process title (setproctitle)');
  assert.deepEqual(parseWords(''), []);
});

test('a name ends at the first =; entries without one are ignored', () => {
  const environment = parseEnvironment('A=1\0B=x=y\nC=3\0rubbish\0=strange\0EMPTY=\0');
  assert.deepEqual(
    [...environment],
    [
      ['A', '1'],
      ['B', 'x=y\nC=3'],
      ['', 'strange'],
      ['EMPTY', ''],
    ],
  );
});

test('this process, and one that does not exist', () => {
  assert.match(argumentsOf(process.pid)[0]!, /node/);
  assert.match(commandOf(process.pid), /node/);
  assert.equal(environmentOf(process.pid)?.get('PATH'), process.env['PATH']);
  assert.deepEqual(argumentsOf(4194304), []);
  assert.equal(commandOf(4194304), '?');
  assert.equal(environmentOf(4194304), undefined);
});

test('words that are not UTF-8 are restored', () => {
  const bytes = Buffer.from([0x61, 0xff, 0x62]);
  const kept = Buffer.concat([Buffer.from('node\0'), bytes, Buffer.from('\0plain\0')]);
  assert.deepEqual(restored(['node', bytes.toString(), 'plain'], kept), ['node', bytes, 'plain']);
  // Two words that are equal after decoding keep their order; a word without an original stays as it is.
  const other = Buffer.from([0x61, 0xfe, 0x62]);
  const both = Buffer.concat([bytes, Buffer.of(0), other, Buffer.of(0)]);
  const word = bytes.toString();
  assert.deepEqual(restored([word, word, word], both), [bytes, other, word]);
});
