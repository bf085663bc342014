// A plugin for esbuild: an import of a name from the index.ts of a folder becomes an import from the file that defines
// the name, so that the result has only the files that are needed, and not all files of the folder.
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { declaredIn, importsOf } from './imports.mjs';

/** The plugin, for the sources below `src`. */
export function namedImports(src) {
  const exported = exportsOf();
  return {
    name: 'named-imports',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (!path.startsWith(src + sep)) return undefined;
        const { contents, faults } = redirected(readFileSync(path, 'utf8'), path, exported);
        return {
          contents,
          loader: 'ts',
          errors: faults.map(({ line, text }) => ({ text, location: { file: path, line } })),
        };
      });
    },
  };
}

/**
 * Returns the source at `path` with its imports of index.ts files redirected: `import { a } from`, `export { a } from`,
 * `const { a, b } = await import()` and `(await import()).a`. Any other form of `import()` of an index.ts is a fault,
 * since it would load the whole folder. Line numbers do not change.
 */
export function redirected(source, path, exported = exportsOf()) {
  const faults = [];
  const edits = [];
  for (const found of importsOf(source)) {
    const { specifier, form, kind, names, start, end, line } = found;
    if (kind === 'type' || !/^\.\.?\/(?:.*\/)?index\.ts$/.test(specifier ?? '')) continue;
    const index = resolve(dirname(path), specifier);
    const fault = (text) => faults.push({ line, text });
    const edit = (from, to, text) => {
      const breaks = source.slice(from, to).replace(/[^\n]/g, '');
      edits.push({ from, to, text: text + breaks });
    };
    const definer = (name) => {
      const target = exported(index, name);
      if (target === undefined) fault(`${specifier} does not export ${name}`);
      return target ?? { file: index, name };
    };
    if (form === 'call') {
      const call = callAround(source, start, end);
      if (call === undefined)
        fault(`import() of ${specifier} must be const { … } = await import() or (await import()).…`);
      else edit(call.from, call.to, lateImport(call, definer, path));
    } else if (names !== undefined) {
      const values = names.filter(({ type }) => !type);
      const groups = grouped(values.map(({ name, local }) => ({ ...definer(name), local })));
      edit(start, end, groups.map(([file, list]) => statement(form, list, specifierOf(path, file))).join('; '));
    }
  }
  let contents = source;
  for (const { from, to, text } of edits.toReversed()) contents = contents.slice(0, from) + text + contents.slice(to);
  return { contents, faults };
}

/** The names that the code around an import() uses, and the range to replace. */
function callAround(source, start, end) {
  const close = /^\s*,?\s*\)/.exec(source.slice(end));
  if (close === null) return undefined;
  const to = end + close[0].length;
  const pattern = /(?:const|let)\s*\{([^{}]*)\}\s*=\s*await\s*$/.exec(source.slice(0, start));
  if (pattern !== null) {
    const from = pattern.index;
    const names = pattern[1].split(',').flatMap((item) => {
      const match = /^\s*([\w$]+)(?:\s*:\s*([\w$]+))?\s*$/.exec(item);
      return match === null ? [] : [{ name: match[1], local: match[2] ?? match[1] }];
    });
    return { from, to, names };
  }
  const member = /^\s*\)\s*\.\s*([\w$]+)/.exec(source.slice(to));
  if (member === null || !/\(\s*await\s*$/.test(source.slice(0, start))) return undefined;
  return { from: start, to, member: member[1] };
}

function lateImport({ names, member }, definer, path) {
  const load = (file) => `import('${specifierOf(path, file)}')`;
  if (member !== undefined) return load(definer(member).file);
  const groups = grouped(names.map(({ name, local }) => ({ ...definer(name), local })));
  const parts = groups.map(([file, list]) => {
    const inner = list.map(({ name, local }) => (name === local ? name : `${name}: ${local}`)).join(', ');
    return `{ ${inner} } = await ${load(file)}`;
  });
  return `const ${parts.join(', ')}`;
}

function statement(form, list, specifier) {
  const [{ name, local }] = list;
  if (name === '*') return `${form} * as ${local} from '${specifier}'`;
  const inner = list.map(({ name, local }) => (name === local ? name : `${name} as ${local}`)).join(', ');
  return `${form} { ${inner} } from '${specifier}'`;
}

/** Groups imports by file; whole modules (`*`) are separate. */
function grouped(targets) {
  const groups = new Map();
  for (const target of targets) {
    const key = target.name === '*' ? `${target.file} ${target.local}` : target.file;
    const group = groups.get(key) ?? [target.file, []];
    group[1].push(target);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function specifierOf(from, file) {
  const path = relative(dirname(from), file);
  return path.startsWith('.') ? path : `./${path}`;
}

/**
 * Returns a function that finds the definition of a name that a file exports: the file, and the name there (`*` for the
 * whole module); undefined if the file does not export it. Each file is read once.
 */
export function exportsOf() {
  const tables = new Map();
  const tableOf = (file) => {
    if (!tables.has(file)) tables.set(file, readTable(file));
    return tables.get(file);
  };
  const find = (file, name) => {
    const { named, stars, declared } = tableOf(file);
    if (declared.has(name)) return { file, name };
    const from = named.get(name);
    if (from !== undefined) return from.name === '*' ? from : (find(from.file, from.name) ?? from);
    for (const star of stars) {
      const found = find(star, name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find;
}

function readTable(file) {
  const source = readFileSync(file, 'utf8');
  const named = new Map();
  const stars = [];
  for (const { specifier, form, kind, names, star, start, end } of importsOf(source)) {
    if (form !== 'export' || kind === 'type' || !specifier.startsWith('.')) continue;
    const target = join(dirname(file), specifier);
    if (names !== undefined) for (const { name, local } of names) named.set(local, { file: target, name });
    else if (star !== undefined) named.set(star, { file: target, name: '*' });
    else if (source.slice(start, end).includes('*')) stars.push(target);
  }
  return { named, stars, declared: new Set(declaredIn(source)) };
}
