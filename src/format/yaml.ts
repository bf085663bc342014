import { Composer, isScalar, LineCounter, Parser, type CST, type Document } from 'yaml';
import { TopologyError, type Path, type Position, type TopologyIssue } from './error.ts';
import type { Source } from './issues.ts';
import type { Variables } from './variables.ts';
import { describeFault } from './yaml-fault.ts';
import { offsetOf, YamlValue } from './yaml-value.ts';

/** Returns the text of the value at a path if it contains a variable. */
export type TextAt = (path: Path) => string | undefined;

/** The value of a file, and its positions. */
export interface Read {
  readonly value: unknown;
  readonly source: Source;
  readonly textAt: TextAt;
  /** The names of the variables in the file. */
  readonly variables: ReadonlySet<string>;
}

/** The maximum nesting of maps and lists; the format needs far less. */
const MAX_DEPTH = 64;

/**
 * Parses YAML 1.2, and so JSON, with the merge keys of YAML 1.1. Replaces variables by their values.
 * @throws TopologyError if the text is not well-formed, or has a duplicate key, or a variable without a value
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
  const deepOffset = tooDeep(tokens);
  if (deepOffset !== undefined) fail(`maps and lists are nested more than ${MAX_DEPTH} levels deep`, deepOffset);
  // The library's check for duplicate keys takes quadratic time; YamlValue has its own.
  const composer = new Composer({ uniqueKeys: false, version: '1.2' });
  const documents = [...composer.compose(tokens, true, text.length)];
  for (const { errors, warnings } of documents) {
    // Later errors are often consequences of the first.
    const [first] = errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
    if (first !== undefined) fail(describeFault(first, text), first.pos[0]);
    for (const warning of warnings) fail(describeFault(warning, text), warning.pos[0]);
  }
  const [document, another] = documents.filter((candidate) => !isEmpty(candidate));
  if (document === undefined) throw new TopologyError([{ message: 'the file is empty', path: '' }], file);
  if (another !== undefined)
    fail(
      'a second document begins here, after "---": a file has one topology; put each in its own file',
      offsetOf(another.contents) ?? another.range[0],
    );
  const read = new YamlValue(text, variables, (offset) => positionOf(offset).line);
  const value = read.convert(document.contents);
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

/** The offset of a value beyond {@link MAX_DEPTH}, which would overflow the stack of recursive functions. */
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
