import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withList } from './commands.mjs';

const commands = [
  {
    name: 'down',
    summary: 'remove labs',
    group: 'Build',
    usage: '[options] [lab|file...]',
    options: ['--all', '--json'],
    args: [{ name: 'lab|file', required: false, variadic: true }],
  },
  { name: 'exec', summary: 'run a program', group: 'Run', usage: 'NODE PROGRAM', options: [], args: [] },
];
const page = (list) =>
  `before\n\n<!-- Written by \`npm run commands\`. -->\n\n${list}\n\n<!-- End of what is written. -->\n\nafter\n`;

test('a list has a row for each group and each command, and the rest of the page is unchanged', () => {
  const list = [
    '| command | what it does | options |',
    '|---|---|---|',
    '| **Build** |  |  |',
    '| `netwright down [LAB\\|FILE…]` | remove labs | `--all` `--json` |',
    '| **Run** |  |  |',
    '| `netwright exec NODE PROGRAM` | run a program |  |',
  ].join('\n');
  assert.equal(withList('docs/command-line.md', page('old'), commands), page(list));
});

test('a page without a place for the list is an error', () => {
  assert.throws(() => withList('README.md', 'nothing', commands), /README\.md has no place/);
});
