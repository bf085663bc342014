import type { Expr } from '../expr/index.ts';
import type { FromPacket, Selector, Statement, TableFamily } from '../../state/index.ts';
import type { DataType, Interfaces } from '../words/index.ts';
import { isDependency, markKnown, missingDependencies, type Dependency } from './dependencies.ts';
import type { FromMap } from './nat.ts';
import { slotOfRegister, slotsOf } from './register.ts';
import { computed, knownOf, partsOf, selectorOf, type Known, type Needs, type Source } from './selectors.ts';
import { rawStatement } from './statements.ts';

/** What a register holds, and the expressions that put it there. */
export interface RegisterLoad {
  readonly by: readonly number[];
  readonly source?: Source;
  readonly constant?: Uint8Array;
  readonly mask?: Uint8Array;
  /** Bits that were turned after those of the mask were kept. */
  readonly xor?: Uint8Array;
  readonly turned?: boolean;
  /** What a map gave, and what looking in it needed of the packet. */
  readonly given?: FromMap & { readonly needs: readonly Needs[] };
}

export interface Named {
  readonly selector: string;
  readonly type: DataType;
  readonly needs: Needs;
  /** Whether the selector says what was done to what was loaded, too. */
  readonly computed: boolean;
}

/** Thrown inside when a rule uses what a statement before has used up: then it stays as it is. */
export class RegisterReused extends Error {}

/** What has been read of a rule so far: what its registers hold, and its statements. */
export class RuleReader {
  readonly #expressions: readonly Expr[];
  readonly #interfaces: Interfaces;
  readonly statements: Statement[] = [];
  /** What was known before each statement. */
  readonly #before: Known[] = [];
  readonly slots = new Map<number, RegisterLoad>();
  /** Expressions that loaded or changed a register and belong to no statement yet. */
  pending: number[] = [];
  /** Expressions that stayed as they are. */
  readonly #kept = new Set<number>();
  /** The expressions that check for Ethernet, when the last ones did. */
  link: readonly number[] = [];
  known: Known;

  constructor(family: TableFamily, expressions: readonly Expr[], interfaces: Interfaces) {
    this.#expressions = expressions;
    this.#interfaces = interfaces;
    this.known = knownOf(family);
  }

  /** Keeps what belongs to no statement as it is. */
  finish(): readonly Statement[] {
    this.flush([...this.link, ...this.pending]);
    return this.statements;
  }

  at(register: number | undefined): RegisterLoad | undefined {
    return register === undefined ? undefined : this.slots.get(slotOfRegister(register));
  }

  put(i: number, register: number, loaded: RegisterLoad): void {
    this.pending.push(i);
    this.slots.set(slotOfRegister(register), loaded);
  }

  load(i: number, register: number, source: Source | undefined): void {
    this.put(i, register, { by: [i], ...(source === undefined ? {} : { source }) });
  }

  /** Takes the expressions that loaded a register into the statement that uses it. */
  use(by: readonly number[]): void {
    this.pending = this.pending.filter((i) => !by.includes(i));
  }

  /** Adds a statement, and takes away those before it that it implies. */
  emit(statement: Statement, needs: readonly Needs[]): void {
    if (this.link.length > 0) {
      if (needs.some(({ link }) => link !== undefined)) this.known.link = 'ether';
      else this.flush(this.link);
      this.link = [];
    }
    this.#dropImplied(needs);
    this.#push(statement);
    for (const need of needs) markKnown(this.known, need);
  }

  #push(statement: Statement): void {
    this.#before.push({ ...this.known });
    this.statements.push(statement);
  }

  #dropImplied(needs: readonly Needs[]): void {
    if (needs.some(({ said }) => said === true)) return;
    for (let count = Math.min(this.statements.length, 3); count > 0; count--) {
      const start = this.statements.length - count;
      const known = this.#before[start]!;
      const implied = implications(known, needs)?.filter(({ layer }) => layer !== 'link');
      if (implied?.length !== count || !implied.every((one, i) => isDependency(this.statements[start + i], one)))
        continue;
      this.statements.length = start;
      this.#before.length = start;
      const { link } = this.known;
      this.known = { ...known, link };
      return;
    }
  }

  emitOr(i: number, statement: Statement | undefined): void {
    if (statement === undefined) this.raw(i);
    else this.emit(statement, []);
  }

  /** Keeps an expression as it is, after those that loaded its registers. */
  raw(i: number, ...used: readonly (RegisterLoad | undefined)[]): void {
    for (const loaded of used) if (loaded !== undefined) this.checkUnused(loaded);
    this.flush([...this.link, ...this.pending, i]);
    this.link = [];
    this.pending = [];
  }

  /** Checks that what loaded a register is still there for an expression that stays as it is. */
  checkUnused({ by }: RegisterLoad): void {
    if (!by.every((i) => this.pending.includes(i) || this.#kept.has(i))) throw new RegisterReused();
  }

  flush(expressions: readonly number[]): void {
    for (const i of expressions.toSorted((a, b) => a - b)) {
      this.#kept.add(i);
      this.#push(rawStatement(this.#expressions[i]!));
    }
  }

  /** The selector that a register holds, when there is a word for it. */
  named(loaded: RegisterLoad | undefined): Named | undefined {
    if (loaded?.source === undefined) return undefined;
    const known = this.link.length > 0 ? { ...this.known, link: 'ether' } : this.known;
    const selector = selectorOf(loaded.source, known);
    if (selector === undefined) return undefined;
    const [spec] = partsOf(selector, this.#interfaces);
    if (spec === undefined) return undefined;
    const { type, needs } = spec;
    const { mask, xor } = loaded;
    if (mask === undefined) return { selector, type, needs, computed: false };
    const port = type.name === 'inet_service' && mask.length === 2;
    if (port) return { selector: computed(selector, mask, xor ?? new Uint8Array(2)), type, needs, computed: true };
    return xor === undefined ? { selector, type, needs, computed: false } : undefined;
  }

  /** The selector that says all of what a register holds. */
  wholly(loaded: RegisterLoad | undefined): Named | undefined {
    const named = this.named(loaded);
    return loaded?.mask === undefined || named?.computed === true ? named : undefined;
  }

  /** The registers that a key of `count` parts is in. */
  loadsOf(sreg: number | undefined, count = Infinity): readonly RegisterLoad[] {
    const found: RegisterLoad[] = [];
    let slot = sreg === undefined ? -1 : slotOfRegister(sreg);
    for (
      let loaded = this.slots.get(slot);
      loaded !== undefined && found.length < count;
      loaded = this.slots.get(slot)
    ) {
      if (found.length > 0 && !loaded.by.every((one) => this.pending.includes(one))) break;
      found.push(loaded);
      const named = this.named(loaded);
      if (named === undefined) break;
      slot += slotsOf(named.type.size);
    }
    return found;
  }

  /** A part of the packet as it is, or what is computed of it, in a register. */
  packet(register: number | undefined): FromPacket | undefined {
    const named = this.wholly(this.at(register));
    return named === undefined ? undefined : { by: named.selector as Selector };
  }
}

/** What encoding would put before a statement with these needs. */
function implications(before: Known, needs: readonly Needs[]): readonly Dependency[] | undefined {
  const known = { ...before };
  try {
    return needs.flatMap((need) => {
      const found = missingDependencies(known, need);
      markKnown(known, need);
      return found;
    });
  } catch {
    return undefined;
  }
}
