// Writes docs/api/, the pages of the public API, from the docstrings: one page for each entry in `exports` of
// package.json. With --check it writes nothing, and fails if a page is not current or an exported name has no
// docstring.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pagesOf } from './api/pages.mjs';
import { withProgram } from './api/program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs', 'api');

/** The modules in `exports` of package.json: the specifier to import, and the folder of src/. */
function entriesOf({ name, exports }) {
  return Object.entries(exports).flatMap(([path, { types } = {}]) => {
    const [, room] = /^\.\/dist\/(\w+)\/index\.d\.ts$/.exec(types ?? '') ?? [];
    return room === undefined ? [] : [{ specifier: join(name, path), room }];
  });
}

const entries = entriesOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
if (entries.length === 0) throw new Error('package.json exports no module');
const { pages, faults } = withProgram(root, (program) => pagesOf(program, entries));

const existing = existsSync(folder) ? readdirSync(folder) : [];
const stale = [
  ...[...pages].flatMap(([file, text]) =>
    existing.includes(file) && readFileSync(join(folder, file), 'utf8') === text ? [] : [file],
  ),
  ...existing.filter((file) => !pages.has(file)),
];

if (process.argv.includes('--check')) {
  for (const file of stale) console.error(`docs/api/${file} does not match the sources: run \`npm run api\``);
} else {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of pages) writeFileSync(join(folder, file), text);
  stale.length = 0;
}
for (const fault of faults) console.error(fault);
console.log(`api: ${pages.size} pages, ${faults.length + stale.length} faults`);
process.exitCode = faults.length + stale.length > 0 ? 1 : 0;
