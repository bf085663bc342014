// Writes src/kinds/registry.ts, the list of the kinds of links, from the files in the folder. With --check it writes
// nothing, and fails if the list is not current. Usage: node scripts/kinds.mjs [--check] [FOLDER], src/kinds by
// default.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Entries of the folder that are not kinds. */
const OTHERS = new Set(['define', 'index.ts', 'registry.ts']);

/** The names of the kinds in a folder, and the files that export them. */
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

/** The text of the list. Existing kinds keep their order, which is that of `doctor`; new ones are added at the end. */
export function registry(folder) {
  const kinds = kindsIn(folder);
  const path = join(folder, 'registry.ts');
  const existing = existsSync(path)
    ? [...readFileSync(path, 'utf8').matchAll(/^ {2}(\w+),$/gm)].map(([, name]) => name)
    : [];
  const names = [...new Set([...existing.filter((name) => kinds.has(name)), ...kinds.keys()])];
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
  const [argument] = process.argv.slice(2).filter((word) => word !== '--check');
  const folder = argument ?? fileURLToPath(new URL('../src/kinds', import.meta.url));
  const text = registry(folder);
  const path = join(folder, 'registry.ts');
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${path} is not current: npm run kinds`);
    process.exitCode = 1;
  }
}
