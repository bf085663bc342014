import { Composer, isScalar, LineCounter, Parser, type CST, type Document } from 'yaml';
import { TopologyError, type Path, type Position, type TopologyIssue } from './error.ts';
import type { Source } from './issues.ts';
import type { Variables } from './variables.ts';
import { describeFault } from './yaml-fault.ts';
import { rangeOf, YamlValue } from './yaml-value.ts';

export type TextAt = (path: Path) => string | undefined;

/** What a file says, and where in it. */
export interface Read {
  readonly value: unknown;
  readonly source: Source;
  /** The text at a path, where it has a variable in it, which may have made it a number. */
  readonly textAt: TextAt;
  /** The variables that it names. */
  readonly variables: ReadonlySet<string>;
}

/** How deep maps and lists may be inside one another: many times what the format has a use for. */
const MAX_DEPTH = 64;

/**
 * Reads YAML 1.2, which JSON is a part of, with the merge keys of YAML 1.1, and puts values in the place of variables.
 * @throws TopologyError when it is not well-formed, has a key twice, or a variable without a value.
 */
export function readYaml(text: string, file: string, variables: Variables): Read {
  const lines = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const fail = (message: string, offset: number): never => {
    throw new TopologyError([{ message, path: '', ...positionOf(offset) }], file);
  };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const deep = tooDeep(tokens);
  if (deep !== undefined) fail(`maps and lists are nested more than ${MAX_DEPTH} levels deep`, deep);
  // Its own check for duplicate keys compares every key with every other.
  const composer = new Composer({ uniqueKeys: false, version: '1.2' });
  const documents = [...composer.compose(tokens, true, text.length)];
  for (const { errors, warnings } of documents) {
    // What follows the first error is often wrong because of it.
    const [first] = errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
    if (first !== undefined) fail(describeFault(first, text), first.pos[0]);
    for (const warning of warnings) fail(describeFault(warning, text), warning.pos[0]);
  }
  const [document, another] = documents.filter((one) => !isEmpty(one));
  if (document === undefined) throw new TopologyError([{ message: 'the file is empty', path: '' }], file);
  if (another !== undefined)
    fail(
      'a second document begins here, after "---": a file has one topology; put each in its own file',
      rangeOf(another.contents) ?? another.range[0],
    );
  const read = new YamlValue(text, variables, (offset) => positionOf(offset).line);
  const value = read.of(document.contents);
  if (read.faults.length > 0) {
    const issues = read.faults.map(({ message, path, offset }): TopologyIssue => ({
      message,
      path,
      ...positionOf(offset),
    }));
    throw new TopologyError(issues, file);
  }
  const locate: Source['locate'] = (path, at) => {
    const offset = read.locate(document.contents, path, at);
    return offset === undefined ? undefined : positionOf(offset);
  };
  const textAt: TextAt = (path) => read.textAt(document.contents, path);
  return { value, source: { file, locate }, textAt, variables: read.named };
}

const isEmpty = ({ contents }: Document): boolean =>
  contents === null || (isScalar(contents) && contents.value === null && (contents.source ?? '') === '');

/** Where something is inside too many others. What is deep would overflow the stack of whatever reads it. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const rest = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return token.offset;
    if (token.type === 'document') {
      if (token.value !== undefined) rest.push({ token: token.value, depth });
    } else if ('items' in token) {
      for (const { key, value } of token.items) {
        if (key !== undefined && key !== null) rest.push({ token: key, depth: depth + 1 });
        if (value !== undefined) rest.push({ token: value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}
