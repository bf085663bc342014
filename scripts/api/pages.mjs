// Distributes the exported names over the pages of docs/api/.
import { kindOf, methodsOf } from './declaration.mjs';
import { anchors } from './markdown.mjs';
import { headingsOf, indexText, pageText } from './page.mjs';
import { referencesIn } from './references.mjs';

/**
 * Returns the text of each page by its file, and the names without a docstring. An entry has a `specifier`, which
 * programs import, and a `room`, the folder of src/.
 */
export function pagesOf(program, entries) {
  const pages = entries.map((entry) => ({
    ...entry,
    file: `${entry.specifier.includes('/') ? entry.room : entry.specifier}.md`,
    exported: program.exportsOf(entry.room),
    items: [],
  }));
  /** By symbol: the page that describes it, its name there, and its heading. */
  const homes = new Map();
  // On the page of its own room, or else on the first page that exports it.
  for (const own of [true, false])
    for (const page of pages)
      addItems(program, page, homes, own ? (symbol) => program.roomOf(symbol) === page.room : () => true);
  for (const page of pages) addParts(program, page, homes);
  for (const page of pages) {
    // Constants stay in the order of the source, which is that of the kernel's headers.
    const constants = page.items.filter(({ run }) => run !== undefined);
    page.items = [...page.items.filter(({ run }) => run === undefined).toSorted(byName), ...constants];
    page.anchors = anchors(headingsOf(page));
  }
  const faults = [];
  const texts = pages.map((page) => [page.file, pageText(program, page, homes, faults)]);
  return { pages: new Map([...texts, ['README.md', indexText(program, pages)]]), faults };
}

function addItems(program, page, homes, isHere) {
  const here = page.exported.filter(({ symbol }) => !homes.has(symbol.id) && isHere(symbol));
  const items = here.map(({ name, symbol }) => itemOf(program, name, symbol));
  const runs = runsOf(items.filter(({ kind }) => kind === 'constant'));
  for (const item of [...items.filter(({ kind }) => kind !== 'constant'), ...runs]) {
    page.items.push(item);
    for (const { name, symbol } of item.run ?? [item]) homes.set(symbol.id, { page, name, title: item.name });
  }
}

/** Adds the types that items of a page use and that no entry exports. */
function addParts(program, page, homes) {
  const queue = [...page.items];
  for (let item; (item = queue.shift()) !== undefined;) {
    for (const symbol of referencesIn(program, item)) {
      if (homes.has(symbol.id)) continue;
      const { name } = symbol;
      const part = { ...itemOf(program, name, symbol), kind: 'part' };
      homes.set(symbol.id, { page, name, title: name });
      page.items.push(part);
      queue.push(part);
    }
  }
}

function itemOf(program, name, symbol) {
  const nodes = program.declarationsOf(symbol);
  const signatures = nodes.filter(({ body }) => body === undefined);
  // The implementation of an overloaded function cannot be called.
  const shown = nodes.length > 1 && signatures.length > 0 ? signatures : nodes;
  const kind = kindOf(shown[0]);
  const isClass = kind === 'class' || kind === 'error';
  return { name, symbol, kind, nodes: shown, methods: isClass ? methodsOf(program, shown[0]) : [] };
}

const byName = (a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1);

/** Joins constants on consecutive lines of the source into one item, below the docstring of the first. */
function runsOf(items) {
  const runs = [];
  for (const item of items.toSorted(byPlace)) {
    const run = runs.at(-1);
    if (run !== undefined && isNext(run.at(-1), item)) run.push(item);
    else runs.push([item]);
  }
  return runs.map((run) => ({ ...run[0], run }));
}

const statementOf = ({ nodes: [node] }) => node.parent.parent;
const fileOf = ({ nodes: [node] }) => node.getSourceFile();

const byPlace = (a, b) =>
  fileOf(a) === fileOf(b) ? statementOf(a).pos - statementOf(b).pos : fileOf(a).fileName < fileOf(b).fileName ? -1 : 1;

/** True if only a line break is between two statements. */
const isNext = (first, second) =>
  fileOf(first) === fileOf(second) &&
  fileOf(first).text.slice(statementOf(first).end, statementOf(second).getStart()) === '\n';
