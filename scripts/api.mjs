// Writes docs/api/: the public API, one page for each entry of package.json's `exports`, made from the docstrings.
// With --check it writes nothing, and fails when a page is not current or an exported name has no docstring.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pagesOf } from './api/pages.mjs';
import { withProgram } from './api/program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs', 'api');

/** The entries of package.json's `exports` that are modules: the name to import, and the folder of src/ that it is. */
function entriesOf({ name, exports }) {
  return Object.entries(exports).flatMap(([path, { types } = {}]) => {
    const [, room] = /^\.\/dist\/(\w+)\/index\.d\.ts$/.exec(types ?? '') ?? [];
    return room === undefined ? [] : [{ specifier: join(name, path), room }];
  });
}

const entries = entriesOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
if (entries.length === 0) throw new Error('package.json exports no module');
const { pages, faults } = withProgram(root, (program) => pagesOf(program, entries));

const written = existsSync(folder) ? readdirSync(folder) : [];
const stale = [
  ...[...pages].flatMap(([file, text]) =>
    written.includes(file) && readFileSync(join(folder, file), 'utf8') === text ? [] : [file],
  ),
  ...written.filter((file) => !pages.has(file)),
];

if (process.argv.includes('--check')) {
  for (const file of stale) console.error(`docs/api/${file} is not what the sources say: run \`npm run api\``);
} else {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of pages) writeFileSync(join(folder, file), text);
  stale.length = 0;
}
for (const fault of faults) console.error(fault);
console.log(`api: ${pages.size} pages, ${faults.length + stale.length} faults`);
process.exitCode = faults.length + stale.length > 0 ? 1 : 0;
