import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fit } from './fit.ts';

test('lines are broken between words, and continue at the last column that leaves enough room', () => {
  assert.equal(fit('one two three four', 9), 'one two\n  three\n  four');
  assert.equal(fit('  a  bb cc dd', 9), '  a  bb\n     cc\n     dd');
  assert.equal(fit('  a  longword  b b', 13), '  a  longword\n     b b');
  assert.equal(fit('as it is\n', 20), 'as it is\n');
  assert.equal(fit('http://a.example/very/long x', 10), 'http://a.example/very/long\n  x');
  assert.equal(fit('\u001b[1mone\u001b[22m two three', 9), '\u001b[1mone\u001b[22m two\n  three');
});

test('no word is lost or broken, and no line is wider than it must be', () => {
  const words = ['a', 'net-work', '10.20.0.1/16', '\u001b[36mfd00::1\u001b[39m', '──', 'x'.repeat(30)];
  for (let i = 0; i < 3000; i++) {
    const columns = 20 + (i % 60);
    const line = Array.from(
      { length: 12 },
      (_, j) => words[(i * (j + 1) + j * j) % words.length]! + ' '.repeat(1 + ((i >> j) & 1)),
    ).join('');
    const fitted = fit(`  ${line}`, columns);
    assert.deepEqual(fitted.split(/\s+/).filter(Boolean), line.split(/\s+/).filter(Boolean));
    for (const part of fitted.split('\n')) {
      // eslint-disable-next-line no-control-regex
      const plain = part.replaceAll(/\u001b\[\d+m/g, '').trimEnd();
      assert.ok(plain.length <= columns || plain.trim().split(/\s+/).length === 1, `${columns}: ${fitted}`);
    }
  }
});

test('a column that begins too far to the right begins on the next line', () => {
  assert.equal(fit('✓  A long title here  and more than fits', 30), '✓  A long title here\n   and more than fits');
  assert.equal(
    fit('✓  A long title here  and so much more than fits in one line', 30),
    '✓  A long title here\n   and so much more than fits\n   in one line',
  );
});

test('an example with quotes is broken after a pipe', () => {
  const command = "netwright show shop --json | jq '.nodes[] | {name, interfaces}'";
  assert.equal(fit(`  ${command}`, 60), "  netwright show shop --json |\n    jq '.nodes[] | {name, interfaces}'");
  assert.equal(
    fit(`  \u001b[36m${command}\u001b[39m  why`, 60),
    "  \u001b[36mnetwright show shop --json |\n    jq '.nodes[] | {name, interfaces}'\u001b[39m  why",
  );
  assert.equal(
    fit("  netwright ls --json | jq -r '.labs[] | .nodes[]'  the names", 40),
    "  netwright ls --json |\n    jq -r '.labs[] | .nodes[]'\n    the names",
  );
  assert.equal(fit("labs' own nodes' names don't count", 20), "labs' own nodes'\n  names don't count");
});
