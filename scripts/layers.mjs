// Checks the imports in src/: only from lower layers, only through the index.ts of a folder, koffi only in src/ffi, and
// no cycles. Also checks the size of files and rooms (the folders of src/), and that every folder has an index.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importsOf } from './imports.mjs';

/**
 * The folders of src/, lowest layer first. A folder can import from itself and from every folder before it in this
 * list, except as `only` or `not` restrict. Tests are not restricted by `only` and `not`.
 */
const layers = {
  base: {},
  addr: {},
  dns: {},
  wire: {},
  kinds: { only: ['base', 'addr', 'wire'] },
  state: { only: ['base', 'addr', 'kinds'] },
  ffi: {},
  proc: {},
  netlink: {},
  rtnetlink: {},
  nftables: {},
  conntrack: {},
  netns: {},
  sockets: {},
  names: {},
  inside: {},
  capture: {},
  observe: {},
  format: { only: ['base', 'addr'] },
  nat: { only: ['base', 'addr', 'state', 'format'] },
  topology: { only: ['base', 'addr', 'state', 'kinds', 'format', 'nat'] },
  plan: { only: ['base', 'addr', 'state', 'kinds', 'nat'] },
  apply: { not: ['format', 'nat', 'topology'] },
  host: {},
  store: {},
  publish: {},
  probe: {},
  monitor: {},
  rootless: {},
  lease: {},
  lab: {},
  doctor: {},
  sandbox: {},
  cni: {},
  ui: {},
  cli: {},
  testing: {},
  library: {},
  loader: { only: ['base'] },
};

/** Packages that only these folders can load. */
const packages = { koffi: ['ffi'], undici: ['inside'] };

/** Files that import a module given as an argument. */
const loaders = ['ffi/load-koffi.ts', 'inside/bootstrap.ts'];

/**
 * Allowed imports that bypass the index.ts of a folder: `FROM → TO`, paths in src/ with `*` as a wildcard, and the
 * reason. A rule that no import needs is a fault.
 */
const DEEP_IMPORTS = {};

/** The maximum lines of a file, and the maximum share of src/'s lines in a room. */
const FILE_LINES = 450;
const ROOM_SHARE = 1 / 5;
/** A room can always have this many lines. */
const SMALL = 1000;

/** The folders of src/, lowest first. */
export const ROOMS = Object.keys(layers);
const isTest = (path) => path.endsWith('.test.ts');

/**
 * Checks the folder `src`. Returns the number of its files, and the faults, each as one line.
 * @param deepImports see DEEP_IMPORTS
 */
export function checkLayers(src, { deepImports = DEEP_IMPORTS } = {}) {
  const paths = readdirSync(src, { recursive: true })
    .filter((path) => path.endsWith('.ts'))
    .toSorted();
  const sources = new Map(paths.map((path) => [path, readFileSync(join(src, path), 'utf8')]));
  const faults = paths.length === 0 ? [`${src} has no TypeScript files`] : [];
  const graph = new Map();
  const deep = deepImportsOf(deepImports);

  for (const [path, source] of sources) {
    const [folder] = path.split(sep);
    if (!Object.hasOwn(layers, folder)) {
      faults.push(`${path}: ${folder} is not in the list of layers`);
      continue;
    }
    const targets = [];
    graph.set(path, targets);
    for (const { specifier, line } of importsOf(source)) {
      const fault = (message) => faults.push(`${path}:${line}: ${message}`);
      if (specifier === undefined) {
        if (!loaders.includes(path)) fault('import() needs a literal, to be checked');
      } else if (/^\.\.?(\/|$)/.test(specifier)) {
        const target = relative(src, resolve(src, dirname(path), specifier));
        if (target.startsWith('..')) fault(`${specifier} is outside ${src}`);
        else if (!sources.has(target)) fault(`${specifier} is not a TypeScript file`);
        else {
          const message = forbidden(path, target) ?? bypassedIndex(path, target, deep);
          if (message) fault(message);
          else targets.push(target);
        }
      } else if (/^(\/|[a-z]:|file:|netwright(\/|$))/i.test(specifier)) {
        fault(`${specifier} must be a relative path`);
      } else {
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        const owners = packages[name];
        if (owners && !owners.includes(folder)) fault(`only ${owners.join(', ')} may load ${name}`);
      }
    }
  }
  faults.push(...cyclesOf(graph).map((cycle) => `import cycle: ${cycle.join(' → ')}`));
  faults.push(...deep.filter(({ used }) => !used).map(({ rule }) => `no import needs "${rule}" of the deep imports`));
  faults.push(...shapeOf(sources));
  return { files: paths.length, faults };
}

/** Why `path` cannot import `target`; undefined if it can. */
function forbidden(path, target) {
  const from = path.split(sep)[0];
  const to = target.split(sep)[0];
  if (isTest(target)) return `${target} is a test`;
  if (from === to) return undefined;
  if (!ROOMS.slice(0, ROOMS.indexOf(from)).includes(to)) return `${from} may not import ${to}, which is not below it`;
  const { only, not = [] } = layers[from];
  if (not.includes(to) && !isTest(path)) return `${from} may not import ${to}`;
  if (!only || only.includes(to) || isTest(path)) return undefined;
  return `${from} may not import ${to}, only ${only.join(', ')}`;
}

/** The fault if an import of `target` bypasses the index.ts of a folder that `path` is not in. */
function bypassedIndex(path, target, deep) {
  const folder = foldersOf(target).find((candidate) => !isIn(path, candidate));
  if (folder === undefined || target === join(folder, 'index.ts')) return undefined;
  const rule = deep.find(({ pattern }) => pattern.test(`${path} → ${target}`));
  if (rule === undefined) return `${target} is to be imported from ${folder}/index.ts`;
  rule.used = true;
  return undefined;
}

function deepImportsOf(table) {
  return Object.keys(table).map((rule) => {
    const escaped = rule.replace(/[.+^$()[\]{}|\\?]/g, '\\$&').replaceAll('*', '[^ ]*');
    return { rule, pattern: new RegExp(`^${escaped}$`), used: false };
  });
}

/** The folders of a path, the outermost first. */
function foldersOf(path) {
  const parts = path.split(sep).slice(0, -1);
  return parts.map((_, i) => join(...parts.slice(0, i + 1)));
}

const isIn = (path, folder) => path.startsWith(folder + sep);

/** The faults of folders without an index.ts, and of files and rooms that are too long. */
function shapeOf(sources) {
  const faults = [];
  const folders = new Set([...sources.keys()].flatMap(foldersOf));
  for (const folder of folders) {
    if (!sources.has(join(folder, 'index.ts'))) faults.push(`${folder} has no index.ts`);
    if (sources.has(`${folder}.ts`)) faults.push(`${folder}.ts stands beside the folder of its name`);
  }
  const rooms = new Map();
  let all = 0;
  for (const [path, source] of sources) {
    const lines = source.split('\n').length - 1;
    if (lines > FILE_LINES) faults.push(`${path} has ${lines} lines, of at most ${FILE_LINES}`);
    const [room] = path.split(sep);
    rooms.set(room, (rooms.get(room) ?? 0) + lines);
    all += lines;
  }
  const most = Math.max(all * ROOM_SHARE, SMALL);
  for (const [room, lines] of rooms) {
    if (lines > most) faults.push(`${room} has ${lines} of the ${all} lines, which is more than a fifth`);
  }
  return faults;
}

/** The cycles found by a depth-first search, each as its files in order, with the first again at the end. */
function cyclesOf(graph) {
  const cycles = [];
  const done = new Set();
  const stack = [];
  const visit = (path) => {
    if (done.has(path)) return;
    const start = stack.indexOf(path);
    if (start >= 0) {
      cycles.push([...stack.slice(start), path]);
      return;
    }
    stack.push(path);
    for (const target of graph.get(path) ?? []) visit(target);
    stack.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return cycles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, faults } = checkLayers(process.argv[2] ?? 'src');
  for (const fault of faults) console.error(fault);
  console.log(`layers: ${files} files, ${faults.length} faults`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
