import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { TopologyError, type Path, type Position, type TopologyIssue } from './error.ts';
import type { Source } from './issues.ts';

/**
 * Reads YAML 1.2, which JSON is a part of.
 * @throws TopologyError when it is not well-formed or has a key twice.
 */
export function readYaml(text: string, file: string): { readonly value: unknown; readonly source: Source } {
  const lines = new LineCounter();
  // Its own check for duplicate keys compares every key with every other.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2' });
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const issues: TopologyIssue[] = [...document.errors, ...document.warnings].map((error) => ({
    message: error.message,
    path: '',
    ...positionOf(error.pos[0]),
  }));
  if (document.errors.length === 0) issues.push(...unreadable(document, positionOf));
  if (issues.length > 0) throw new TopologyError(issues, file);
  if (document.contents === null) throw new TopologyError([{ message: 'the file is empty', path: '' }], file);
  return {
    value: valueOf(document, file),
    source: { file, locate: (path, at) => locate(document, path, at, positionOf) },
  };
}

function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that would make a small file an enormous value.
    const message = error instanceof Error ? error.message : String(error);
    throw new TopologyError([{ message, path: '' }], file, { cause: error });
  }
}

/** What is YAML but has no value here: keys given twice or that are no text, aliases of nothing. */
function unreadable(document: Document, positionOf: (offset: number) => Position): TopologyIssue[] {
  const issues: TopologyIssue[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      issues.push({
        message: `there is no anchor "&${alias.source}" before this alias`,
        path: '',
        ...positionOf(alias.range?.[0] ?? 0),
      });
    },
    Map(_, map) {
      const seen = new Map<string, number>();
      for (const { key } of map.items) {
        if (!isScalar(key)) {
          const offset = rangeOf(key) ?? 0;
          issues.push({ message: 'a key must be text', path: '', ...positionOf(offset) });
          continue;
        }
        const text = keyText(key.value);
        const offset = key.range?.[0] ?? 0;
        const first = seen.get(text);
        if (first === undefined) seen.set(text, offset);
        else
          issues.push({
            message: `the key "${text}" is already on line ${positionOf(first).line}`,
            path: text,
            ...positionOf(offset),
          });
      }
    },
  });
  return issues;
}

function locate(
  document: Document,
  path: Path,
  at: 'key' | 'value',
  positionOf: (offset: number) => Position,
): Position | undefined {
  let node: unknown = document.contents;
  let keyOffset: number | undefined;
  let found = true;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && keyText(item.key.value) === String(step));
      if (pair !== undefined && isScalar(pair.key)) keyOffset = pair.key.range?.[0] ?? keyOffset;
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(step)];
      keyOffset = rangeOf(next) ?? keyOffset;
    }
    if (next === undefined || next === null) {
      found = false;
      break;
    }
    node = next;
  }
  const offset = at === 'key' || !found ? (keyOffset ?? rangeOf(node)) : (rangeOf(node) ?? keyOffset);
  return offset === undefined ? undefined : positionOf(offset);
}

/** Where a node begins; nothing for a value that is left out, whose place is its key's. */
function rangeOf(node: unknown): number | undefined {
  if (!(isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) || !node.range) return undefined;
  const [start, end] = node.range;
  return start === end ? undefined : start;
}

/** A key as it is spelt in the JavaScript object. */
const keyText = (key: unknown): string => (key === null ? '' : `${key as string | number | boolean}`);
