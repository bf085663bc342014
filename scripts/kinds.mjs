// Writes the list of the kinds of links, src/kinds/registry.ts, from the files that are there. With --check it writes nothing,
// and fails when the list is not current. Usage: node scripts/kinds.mjs [--check] [FOLDER], src/kinds by default.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What of the folder is no kind. */
const OTHERS = new Set(['define', 'index.ts', 'registry.ts']);

/** The kinds of a folder by name, each with the file that exports it under that name. */
function kindsIn(folder) {
  return new Map(
    readdirSync(folder)
      .filter((entry) => !OTHERS.has(entry) && !entry.endsWith('.test.ts'))
      .toSorted()
      .map((entry) =>
        entry.endsWith('.ts') ? [entry.slice(0, -'.ts'.length), `./${entry}`] : [entry, `./${entry}/index.ts`],
      ),
  );
}

/** The text of the list. The order is that of before, with new ones behind: `doctor` tells of kinds in it. */
export function registry(folder) {
  const kinds = kindsIn(folder);
  const path = join(folder, 'registry.ts');
  const before = existsSync(path)
    ? [...readFileSync(path, 'utf8').matchAll(/^ {2}(\w+),$/gm)].map(([, name]) => name)
    : [];
  const names = [...new Set([...before.filter((name) => kinds.has(name)), ...kinds.keys()])];
  return [
    '// Written by scripts/kinds.mjs (npm run kinds): every kind in this folder.',
    ...[...kinds].map(([name, file]) => `import { ${name} } from '${file}';`),
    '',
    'export const KINDS = {',
    ...names.map((name) => `  ${name},`),
    '} as const;',
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [given] = process.argv.slice(2).filter((argument) => argument !== '--check');
  const folder = given ?? fileURLToPath(new URL('../src/kinds', import.meta.url));
  const text = registry(folder);
  const path = join(folder, 'registry.ts');
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${path} is not current: npm run kinds`);
    process.exitCode = 1;
  }
}
