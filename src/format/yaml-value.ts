import { isAlias, isMap, isScalar, isSeq, type Alias, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Path } from './error.ts';
import { scalarOf } from './scalar.ts';
import { substitute, VariableError, variablesIn, type Variables } from './variables.ts';

/** An error in a document that is well-formed YAML. */
export interface Fault {
  readonly message: string;
  readonly path: string;
  readonly offset: number;
}

/** The maximum number of values from aliases, so that a small file cannot become an enormous value. */
const MAX_REPEATED = 1_000_000;

const MERGE = '<<';

/** The node and value of an anchor. Until the value is complete, `size` is 0. */
interface Anchored {
  readonly node: unknown;
  value?: unknown;
  size: number;
}

/** Converts a document to plain data: aliases, merge keys and variables are replaced by their values. */
export class YamlValue {
  readonly faults: Fault[] = [];
  /** The names of all variables in the document. */
  readonly named = new Set<string>();
  readonly #text: string;
  readonly #variables: Variables;
  readonly #lineOf: (offset: number) => number;
  readonly #anchors = new Map<string, Anchored>();
  readonly #targets = new Map<Alias, unknown>();
  /** The number of values so far, including those from aliases. */
  #size = 0;
  #repeated = 0;

  constructor(text: string, variables: Variables, lineOf: (offset: number) => number) {
    this.#text = text;
    this.#lineOf = lineOf;
    this.#variables = variables;
  }

  convert(node: unknown): unknown {
    if (isAlias(node)) return this.#alias(node);
    this.#size++;
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor === undefined) return this.#plain(node);
    // An anchor can be redefined: later aliases refer to the last definition.
    const anchored: Anchored = { node, size: 0 };
    this.#anchors.set(anchor, anchored);
    const before = this.#size;
    const value = this.#plain(node);
    anchored.value = value;
    anchored.size = this.#size - before + 1;
    return value;
  }

  #plain(node: unknown): unknown {
    if (isScalar(node)) return this.#scalar(node);
    if (isMap(node)) return this.#map(node);
    return isSeq(node) ? node.items.map((item) => this.convert(item)) : null;
  }

  #scalar(node: Scalar): unknown {
    const isPlain = isUnquoted(node);
    const text = isPlain ? (node.source ?? '') : node.value;
    if (typeof text !== 'string') return text;
    if (!text.includes('$')) return isPlain ? scalarOf(text) : text;
    const names = variablesIn(text);
    for (const name of names) this.named.add(name);
    const value = this.#substituted(node, text);
    // In [ ] and { } YAML requires quotes around the braces of variables, so quotes do not mean text. A variable's
    // value is never null.
    return isPlain || names.length > 0 ? (scalarOf(value) ?? value) : value;
  }

  #substituted(node: Scalar, text: string): string {
    try {
      return substitute(text, this.#variables);
    } catch (error) {
      if (!(error instanceof VariableError)) throw error;
      const [start = 0, end = start] = node.range ?? [];
      const [spelt = ''] = /^\$\{\w*/.exec(text.slice(error.offset)) ?? [];
      const within = this.#text.slice(start, end).indexOf(spelt);
      this.#fault(error.message, start + Math.max(within, 0));
      return text;
    }
  }

  #map({ items }: YAMLMap): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const own = new Map<string, number>();
    for (const { key, value: child } of items) {
      if (!isScalar(key)) {
        this.#fault('a key must be text', offsetOf(key) ?? 0);
        continue;
      }
      const text = keyText(key);
      const offset = key.range?.[0] ?? 0;
      const first = own.get(text);
      own.set(text, offset);
      if (first !== undefined) this.#fault(`the key "${text}" is already on line ${this.#lineOf(first)}`, offset, text);
      else if (isMerge(key)) this.#merge(value, own, child, offset);
      else set(value, text, this.convert(child));
    }
    return value;
  }

  /**
   * Merges one or several maps into a map. The map's own keys win, then those of the first map in the list (Merge Key
   * Language-Independent Type for YAML 1.1).
   */
  #merge(into: Record<string, unknown>, own: ReadonlyMap<string, number>, node: unknown, offset: number): void {
    const source = this.convert(node);
    const maps: readonly unknown[] = Array.isArray(source) ? source : [source];
    const merged = new Set<string>();
    for (const map of maps) {
      if (typeof map !== 'object' || map === null || Array.isArray(map)) {
        // Undefined is an invalid alias, which has its own fault.
        if (map !== undefined)
          this.#fault('"<<" merges a map, or a list of maps, most often aliases: <<: *name', offsetOf(node) ?? offset);
        continue;
      }
      for (const [key, value] of Object.entries(map)) {
        if (merged.has(key) || own.has(key)) continue;
        merged.add(key);
        this.#size++;
        set(into, key, value);
      }
    }
  }

  #alias(alias: Alias): unknown {
    const offset = alias.range?.[0] ?? 0;
    const anchored = this.#anchors.get(alias.source);
    if (anchored === undefined) {
      this.#fault(`there is no anchor "&${alias.source}" before this alias`, offset);
      return undefined;
    }
    if (anchored.size === 0) {
      this.#fault(`the alias "*${alias.source}" is inside its own anchor`, offset);
      return undefined;
    }
    this.#targets.set(alias, anchored.node);
    this.#size += anchored.size;
    const before = this.#repeated;
    this.#repeated += anchored.size;
    if (this.#repeated <= MAX_REPEATED) return anchored.value;
    if (before <= MAX_REPEATED)
      this.#fault(`aliases expand to more than ${MAX_REPEATED.toLocaleString('en')} values`, offset);
    return undefined;
  }

  /** The text of the value at `path` if it contains a variable, which can have made it a number. */
  textAt(root: unknown, path: Path): string | undefined {
    const { node, found } = this.#find(root, path);
    const target = this.#target(node);
    const text = found && isScalar(target) ? (isUnquoted(target) ? target.source : target.value) : undefined;
    return typeof text === 'string' && variablesIn(text).length > 0 ? substitute(text, this.#variables) : undefined;
  }

  /** The offset of the value at `path`, or of its key; that of the nearest parent if the value does not exist. */
  locate(root: unknown, path: Path, at: 'key' | 'value'): number | undefined {
    const { node, keyOffset, found } = this.#find(root, path);
    return at === 'key' || !found ? (keyOffset ?? offsetOf(node)) : (offsetOf(node) ?? keyOffset);
  }

  /** The node at `path`, or its nearest parent. */
  #find(root: unknown, path: Path): { node: unknown; keyOffset: number | undefined; found: boolean } {
    let node: unknown = root;
    let keyOffset: number | undefined;
    for (const step of path) {
      node = this.#target(node);
      let next: unknown;
      if (isMap(node)) {
        const pair = this.#pairOf(node, String(step));
        if (pair !== undefined && isScalar(pair.key)) keyOffset = pair.key.range?.[0] ?? keyOffset;
        next = pair?.value;
      } else if (isSeq(node)) {
        next = node.items[Number(step)];
        keyOffset = offsetOf(next) ?? keyOffset;
      }
      if (next === undefined || next === null) return { node, keyOffset, found: false };
      node = next;
    }
    return { node, keyOffset, found: true };
  }

  #target(node: unknown): unknown {
    return isAlias(node) ? this.#targets.get(node) : node;
  }

  /** The entry of a map, or of a map that is merged into it. */
  #pairOf(map: YAMLMap, key: string): Pair | undefined {
    const own = map.items.find((item) => isScalar(item.key) && !isMerge(item.key) && keyText(item.key) === key);
    if (own !== undefined) return own;
    const merge = map.items.find((item) => isScalar(item.key) && isMerge(item.key));
    const merged = this.#target(merge?.value);
    for (const node of isSeq(merged) ? merged.items : [merged]) {
      const target = this.#target(node);
      const pair = isMap(target) ? this.#pairOf(target, key) : undefined;
      if (pair !== undefined) return pair;
    }
    return undefined;
  }

  #fault(message: string, offset: number, path = ''): void {
    this.faults.push({ message, path, offset });
  }
}

const isUnquoted = ({ type, tag }: Scalar): boolean => type === 'PLAIN' && tag === undefined;

/** A key as it is written: always text, even if it looks like a number. */
const keyText = (key: Scalar): string => (isUnquoted(key) ? (key.source ?? '') : String(key.value));

const isMerge = (key: Scalar): boolean => key.type === 'PLAIN' && key.source === MERGE;

function set(map: Record<string, unknown>, key: string, value: unknown): void {
  // An assignment would set the prototype.
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  else map[key] = value;
}

/** The offset of a node; undefined for an empty value, which has the position of its key. */
export function offsetOf(node: unknown): number | undefined {
  if (!(isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) || !node.range) return undefined;
  const [start, end] = node.range;
  return start === end ? undefined : start;
}
