import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EXIT, EXIT_MEANINGS } from './exit.ts';

test('docs/command-line.md lists every exit code', () => {
  const page = readFileSync('docs/command-line.md', 'utf8');
  const [, rows = ''] = /^## Exit codes\n+\| code \|[^\n]*\n[^\n]*\n(.*?)\n\n/ms.exec(page) ?? [];
  const codes = rows.split('\n').flatMap((row) => row.split('|')[1]!.split(',').map(Number));
  assert.deepEqual(
    codes,
    Object.values(EXIT).toSorted((a, b) => a - b),
  );
  for (const [code, meaning] of EXIT_MEANINGS)
    assert.ok(rows.includes(`| ${code} | ${meaning}`) || code === EXIT.interrupted || code === EXIT.lacking, meaning);
});
