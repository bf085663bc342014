import type { Expr } from '../expr/index.ts';
import type { FromPacket, Selector, Statement, TableFamily } from '../../state/index.ts';
import type { DataType, Interfaces } from '../datatypes/index.ts';
import { addProtocols, isDependency, missingDependencies, type Dependency } from './dependencies.ts';
import type { FromMap } from './nat.ts';
import { slotOfRegister, slotsOf } from './register.ts';
import {
  computed,
  initialProtocols,
  partsOf,
  selectorOf,
  type ProtocolContext,
  type RequiredProtocols,
  type Source,
} from './selectors.ts';
import { rawStatement } from './statements.ts';

/** The content of a register. */
export interface RegisterLoad {
  /** The expressions that loaded or changed it, by index. */
  readonly loadedBy: readonly number[];
  readonly source?: Source;
  readonly constant?: Uint8Array;
  readonly mask?: Uint8Array;
  /** XOR after the mask (bitwise expression). */
  readonly xor?: Uint8Array;
  /** Converted to network byte order (byteorder expression). */
  readonly swapped?: boolean;
  /** A value from a map, and the protocols that the map's key requires. */
  readonly mapValue?: FromMap & { readonly requires: readonly RequiredProtocols[] };
}

/** The selector of a register's content. */
export interface LoadedSelector {
  readonly selector: string;
  readonly type: DataType;
  readonly requires: RequiredProtocols;
  /** True if the selector includes the mask and XOR. */
  readonly computed: boolean;
}

/** A rule uses a register that an earlier statement has consumed. The rule is then decoded to raw expressions. */
export class RegisterReused extends Error {}

/** The state while a rule is decoded: the contents of registers, and the statements so far. */
export class RuleReader {
  readonly #expressions: readonly Expr[];
  readonly #interfaces: Interfaces;
  readonly statements: Statement[] = [];
  /** The protocol context before each statement. */
  readonly #contexts: ProtocolContext[] = [];
  readonly slots = new Map<number, RegisterLoad>();
  /** Expressions that loaded or changed a register and belong to no statement yet. */
  pending: number[] = [];
  /** Expressions that became `raw` statements. */
  readonly #raw = new Set<number>();
  /** The expressions of an Ethernet check, if they were the last ones: the next selector may require the check. */
  linkCheck: readonly number[] = [];
  protocols: ProtocolContext;

  constructor(family: TableFamily, expressions: readonly Expr[], interfaces: Interfaces) {
    this.#expressions = expressions;
    this.#interfaces = interfaces;
    this.protocols = initialProtocols(family);
  }

  /** Makes `raw` statements of the remaining expressions, and returns all statements. */
  finish(): readonly Statement[] {
    this.flush([...this.linkCheck, ...this.pending]);
    return this.statements;
  }

  /** Returns the content of a register, if it is known. */
  at(register: number | undefined): RegisterLoad | undefined {
    return register === undefined ? undefined : this.slots.get(slotOfRegister(register));
  }

  /** Records that expression `i` writes a register. */
  put(i: number, register: number, loaded: RegisterLoad): void {
    this.pending.push(i);
    this.slots.set(slotOfRegister(register), loaded);
  }

  load(i: number, register: number, source: Source | undefined): void {
    this.put(i, register, { loadedBy: [i], ...(source === undefined ? {} : { source }) });
  }

  /** Assigns the expressions that loaded a register to the statement that uses it. */
  use(loadedBy: readonly number[]): void {
    this.pending = this.pending.filter((i) => !loadedBy.includes(i));
  }

  /** Adds a statement, and removes the statements before it that are its dependencies. */
  emit(statement: Statement, requires: readonly RequiredProtocols[]): void {
    if (this.linkCheck.length > 0) {
      if (requires.some(({ link }) => link !== undefined)) this.protocols.link = 'ether';
      else this.flush(this.linkCheck);
      this.linkCheck = [];
    }
    this.#removeDependencies(requires);
    this.#push(statement);
    for (const protocols of requires) addProtocols(this.protocols, protocols);
  }

  #push(statement: Statement): void {
    this.#contexts.push({ ...this.protocols });
    this.statements.push(statement);
  }

  #removeDependencies(requires: readonly RequiredProtocols[]): void {
    if (requires.some(({ explicit }) => explicit === true)) return;
    for (let count = Math.min(this.statements.length, 3); count > 0; count--) {
      const start = this.statements.length - count;
      const context = this.#contexts[start]!;
      const dependencies = dependenciesOf(context, requires)?.filter(({ layer }) => layer !== 'link');
      if (
        dependencies?.length !== count ||
        !dependencies.every((dependency, i) => isDependency(this.statements[start + i], dependency))
      )
        continue;
      this.statements.length = start;
      this.#contexts.length = start;
      const { link } = this.protocols;
      this.protocols = { ...context, link };
      return;
    }
  }

  /** Adds the statement of expression `i`; undefined makes a `raw` statement. */
  emitOr(i: number, statement: Statement | undefined): void {
    if (statement === undefined) this.raw(i);
    else this.emit(statement, []);
  }

  /** Makes `raw` statements of an expression and of those before that loaded its registers. @throws RegisterReused */
  raw(i: number, ...used: readonly (RegisterLoad | undefined)[]): void {
    for (const loaded of used) if (loaded !== undefined) this.checkUnused(loaded);
    this.flush([...this.linkCheck, ...this.pending, i]);
    this.linkCheck = [];
    this.pending = [];
  }

  /** Throws RegisterReused if a statement has consumed an expression that loaded the register. */
  checkUnused({ loadedBy }: RegisterLoad): void {
    if (!loadedBy.every((i) => this.pending.includes(i) || this.#raw.has(i))) throw new RegisterReused();
  }

  /** Makes `raw` statements of expressions. */
  flush(expressions: readonly number[]): void {
    for (const i of expressions.toSorted((a, b) => a - b)) {
      this.#raw.add(i);
      this.#push(rawStatement(this.#expressions[i]!));
    }
  }

  /** Returns the selector of a register's content, or undefined when there is none. */
  selectorOf(loaded: RegisterLoad | undefined): LoadedSelector | undefined {
    if (loaded?.source === undefined) return undefined;
    const protocols = this.linkCheck.length > 0 ? { ...this.protocols, link: 'ether' } : this.protocols;
    const selector = selectorOf(loaded.source, protocols);
    if (selector === undefined) return undefined;
    const [spec] = partsOf(selector, this.#interfaces);
    if (spec === undefined) return undefined;
    const { type, requires } = spec;
    const { mask, xor } = loaded;
    if (mask === undefined) return { selector, type, requires, computed: false };
    const isPort = type.name === 'inet_service' && mask.length === 2;
    if (isPort) return { selector: computed(selector, mask, xor ?? new Uint8Array(2)), type, requires, computed: true };
    return xor === undefined ? { selector, type, requires, computed: false } : undefined;
  }

  /** Like {@link selectorOf}, but undefined if the selector does not include a mask of the content. */
  exactSelectorOf(loaded: RegisterLoad | undefined): LoadedSelector | undefined {
    const selector = this.selectorOf(loaded);
    return loaded?.mask === undefined || selector?.computed === true ? selector : undefined;
  }

  /** Returns the contents of the consecutive registers that hold a key of at most `count` parts. */
  loadsOf(sreg: number | undefined, count = Infinity): readonly RegisterLoad[] {
    const parts: RegisterLoad[] = [];
    let slot = sreg === undefined ? -1 : slotOfRegister(sreg);
    for (
      let loaded = this.slots.get(slot);
      loaded !== undefined && parts.length < count;
      loaded = this.slots.get(slot)
    ) {
      if (parts.length > 0 && !loaded.loadedBy.every((index) => this.pending.includes(index))) break;
      parts.push(loaded);
      const selector = this.selectorOf(loaded);
      if (selector === undefined) break;
      slot += slotsOf(selector.type.size);
    }
    return parts;
  }

  /** Returns the field of the packet that a register holds, as loaded or computed. */
  packet(register: number | undefined): FromPacket | undefined {
    const selector = this.exactSelectorOf(this.at(register));
    return selector === undefined ? undefined : { by: selector.selector as Selector };
  }
}

/** Returns the dependencies that encoding would emit before a statement; undefined when they conflict. */
function dependenciesOf(
  before: ProtocolContext,
  requires: readonly RequiredProtocols[],
): readonly Dependency[] | undefined {
  const context = { ...before };
  try {
    return requires.flatMap((protocols) => {
      const missing = missingDependencies(context, protocols);
      addProtocols(context, protocols);
      return missing;
    });
  } catch {
    return undefined;
  }
}
