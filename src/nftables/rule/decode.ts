import {
  ByteorderOp,
  CmpOp,
  CtKey,
  dataOf,
  exprFromBytes,
  isKnown,
  type Expr,
  NFT_LOOKUP_F_INV,
  MetaKey,
  PayloadBase,
  RangeOp,
} from '../expr/index.ts';
import type { FromPacket, MatchValue, Selector, SetState, Statement, TableFamily } from '../../state/index.ts';
import { NFT_REG_VERDICT } from '../constants.ts';
import {
  dataType,
  interfaceIndex,
  type DataType,
  type Interfaces,
  type Word,
  bytesToNumber,
  compareBytes,
  hostOrder,
  numberToBytes,
  type RangeWord,
} from '../words/index.ts';
import { comparison, rangeComparison, type Compared, type Comparison } from './compare.ts';
import { ANONYMOUS_SET, type AnonymousSet } from './context.ts';
import { isDependency, learn, learnFrom, missing, type Dependency } from './dependencies.ts';
import { decodeElement } from './element.ts';
import { decodeMasquerade, decodeNat, type FromMap, type Held } from './nat.ts';
import { registerOrder, slotOfRegister, slotsOf } from './register.ts';
import { formatRejection } from './reject.ts';
import {
  computed,
  CONCATENATION,
  knownOf,
  partsOf,
  rawFieldOf,
  selectorOf,
  type Known,
  type Needs,
  type Source,
} from './selectors.ts';
import {
  counterStatement,
  flowStatement,
  limitStatement,
  logStatement,
  rawStatement,
  verdictStatement,
} from './statements.ts';

/** What a rule is read among. */
export interface DecodeContext {
  /** The anonymous sets it may look into, by {@link lookupKey}. */
  readonly anonymous?: ReadonlyMap<string, SetState>;
  /** The named sets of its table. */
  readonly sets?: Readonly<Record<string, SetState>>;
  readonly interfaces?: Interfaces;
}

/** A rule in words. */
export interface DecodedRule {
  readonly statements: readonly Statement[];
  /** The anonymous sets that became `anyOf`, by {@link lookupKey}. */
  readonly folded: ReadonlySet<string>;
}

/** What a lookup names its set by: a name, and a number as well while the kernel has not chosen the name yet. */
export const lookupKey = (name: string, id?: number): string => (name === ANONYMOUS_SET ? `${name}#${id ?? 0}` : name);

/** The sets that an encoded rule brought with it, for reading it again. */
export const anonymousSets = (sets: readonly AnonymousSet[]): ReadonlyMap<string, SetState> =>
  new Map(sets.map(({ name, id, set }) => [lookupKey(name, id), set]));

/** A rule's expressions in words; those without become `raw`, so that nothing is lost. */
export function decodeRule(
  family: TableFamily,
  expressions: readonly Expr[],
  context: DecodeContext = {},
): DecodedRule {
  const whole = expressions.map((of) =>
    of.data instanceof Uint8Array && isKnown(of.name) ? exprFromBytes(of.name, of.data) : of,
  );
  const decoding = new Decoding(family, whole, context);
  const statements = decoding.run();
  if (statements !== undefined) return { statements, folded: decoding.folded };
  return { statements: whole.map(rawStatement), folded: new Set() };
}

/** What a register holds, and the expressions that put it there. */
interface Loaded {
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

interface Named {
  readonly selector: string;
  readonly type: DataType;
  readonly needs: Needs;
  /** Whether the selector says what was done to what was loaded, too. */
  readonly computed: boolean;
}

/** Thrown inside when a rule uses what a statement before has used up: then it stays as it is. */
class Entangled extends Error {}

class Decoding {
  readonly folded = new Set<string>();
  readonly #expressions: readonly Expr[];
  readonly #context: DecodeContext;
  readonly #interfaces: Interfaces;
  readonly #statements: Statement[] = [];
  /** What was known before each statement. */
  readonly #before: Known[] = [];
  readonly #slots = new Map<number, Loaded>();
  /** Expressions that loaded or changed a register and belong to no statement yet. */
  #pending: number[] = [];
  /** Expressions that stayed as they are. */
  readonly #kept = new Set<number>();
  /** The expressions that check for Ethernet, when the last ones did. */
  #link: readonly number[] = [];
  #known: Known;

  constructor(family: TableFamily, expressions: readonly Expr[], context: DecodeContext) {
    this.#expressions = expressions;
    this.#context = context;
    this.#interfaces = context.interfaces ?? new Map();
    this.#known = knownOf(family);
  }

  run(): readonly Statement[] | undefined {
    try {
      for (let i = 0; i < this.#expressions.length; i++) i += this.#step(i);
    } catch (error) {
      if (error instanceof Entangled) return undefined;
      throw error;
    }
    this.#flush([...this.#link, ...this.#pending]);
    return this.#statements;
  }

  /** Reads an expression; returns how many of those after it were read too. */
  #step(i: number): number {
    const of = this.#expressions[i]!;
    switch (isKnown(of.name) ? of.name : undefined) {
      case 'payload': {
        const { dreg, base = 0, offset = 0, len = 0 } = dataOf(of, 'payload');
        if (dreg === undefined) this.#write(i);
        else this.#load(i, dreg, { from: 'payload', base, offset, len });
        return 0;
      }
      case 'meta': {
        const { dreg, key = -1, sreg } = dataOf(of, 'meta');
        if (dreg !== undefined) this.#load(i, dreg, { from: 'meta', key });
        else if (key === MetaKey.nftrace) this.#setTrace(i, sreg);
        else this.#setMark(i, key === MetaKey.mark ? 'meta mark' : undefined, sreg);
        return 0;
      }
      case 'ct': {
        const { dreg, key = -1, sreg, direction } = dataOf(of, 'ct');
        if (dreg !== undefined)
          this.#load(i, dreg, { from: 'ct', key, ...(direction === undefined ? {} : { direction }) });
        else this.#setMark(i, key === CtKey.mark && direction === undefined ? 'ct mark' : undefined, sreg);
        return 0;
      }
      case 'fib': {
        const { dreg, result = 0, flags = 0 } = dataOf(of, 'fib');
        this.#load(i, dreg ?? 1, { from: 'fib', result, flags });
        return 0;
      }
      case 'socket': {
        const { dreg, key = -1 } = dataOf(of, 'socket');
        this.#load(i, dreg ?? 1, { from: 'socket', key });
        return 0;
      }
      case 'dynset':
        this.#element(i);
        return 0;
      case 'immediate': {
        const { dreg, data } = dataOf(of, 'immediate');
        if (dreg === NFT_REG_VERDICT)
          this.#emitOr(i, data?.verdict === undefined ? undefined : verdictStatement(data.verdict));
        else this.#put(i, dreg ?? 1, { by: [i], ...(data?.value === undefined ? {} : { constant: data.value }) });
        return 0;
      }
      case 'bitwise':
        this.#bitwise(i);
        return 0;
      case 'byteorder': {
        const { sreg, dreg, op } = dataOf(of, 'byteorder');
        const loaded = this.#at(sreg);
        const whole =
          sreg === dreg &&
          op === ByteorderOp.hton &&
          loaded?.source !== undefined &&
          loaded.mask === undefined &&
          loaded.turned !== true;
        this.#put(
          i,
          dreg ?? 1,
          whole ? { ...loaded, by: [...loaded.by, i], turned: true } : { by: [...(loaded?.by ?? []), i] },
        );
        return 0;
      }
      case 'cmp':
        return this.#cmp(i);
      case 'range': {
        const { sreg, op, fromData, toData } = dataOf(of, 'range');
        const [low, high] = [fromData?.value, toData?.value];
        this.#compare(i, sreg, (compared) =>
          low === undefined || high === undefined
            ? undefined
            : rangeComparison(compared, op === RangeOp.neq ? '!=' : '==', low, high),
        );
        return 0;
      }
      case 'lookup':
        this.#lookup(i);
        return 0;
      case 'counter':
        this.#emit(counterStatement(of), []);
        return 0;
      case 'log':
        this.#emitOr(i, logStatement(of));
        return 0;
      case 'flow_offload':
        this.#emitOr(i, flowStatement(of));
        return 0;
      case 'limit':
        this.#emitOr(i, limitStatement(of));
        return 0;
      case 'reject': {
        const { type = -1, icmpCode = 0 } = dataOf(of, 'reject');
        const said = formatRejection(this.#known, type, icmpCode);
        if (said === undefined) this.#raw(i);
        else this.#emit({ reject: said.words }, [said.needs]);
        return 0;
      }
      case 'nat': {
        const data = dataOf(of, 'nat');
        // nft wants the transport protocol said where it is the port alone that comes from a map.
        this.#translate(i, [data.regAddrMin, data.regAddrMax], [data.regProtoMin, data.regProtoMax], (held) =>
          decodeNat(data, held),
        );
        return 0;
      }
      case 'masq': {
        const data = dataOf(of, 'masq');
        this.#translate(i, [], [data.regProtoMin, data.regProtoMax], (held) => decodeMasquerade(data, held));
        return 0;
      }
      // Those that there are no words for, and those of a later kernel.
      case 'connlimit':
      case 'dup':
      case 'fwd':
      case 'notrack':
      case 'objref':
      case 'quota':
      case 'redir':
      case 'tproxy':
      case undefined:
        this.#raw(i);
        // It may have written any register: what was in them before is not to be relied on.
        for (const [slot, { by }] of this.#slots) this.#slots.set(slot, { by });
        return 0;
    }
  }

  // --- registers ---------------------------------------------------------------------------------------------------

  #at(register: number | undefined): Loaded | undefined {
    return register === undefined ? undefined : this.#slots.get(slotOfRegister(register));
  }

  #put(i: number, register: number, loaded: Loaded): void {
    this.#pending.push(i);
    this.#slots.set(slotOfRegister(register), loaded);
  }

  #load(i: number, register: number, source: Source | undefined): void {
    this.#put(i, register, { by: [i], ...(source === undefined ? {} : { source }) });
  }

  #bitwise(i: number): void {
    const { sreg, dreg, op = 0, mask, xor } = dataOf(this.#expressions[i]!, 'bitwise');
    const loaded = this.#at(sreg);
    const plain =
      sreg === dreg &&
      op === 0 &&
      mask?.value !== undefined &&
      xor?.value !== undefined &&
      loaded?.source !== undefined &&
      loaded.mask === undefined &&
      loaded.turned !== true;
    if (plain) {
      const turned = xor.value.some((byte) => byte !== 0) ? { xor: xor.value } : {};
      this.#put(i, dreg ?? 1, { ...loaded, by: [...loaded.by, i], mask: mask.value, ...turned });
    } else this.#put(i, dreg ?? 1, { by: [...(loaded?.by ?? []), i] });
  }

  /** Takes the expressions that loaded a register into the statement that uses it. */
  #use(by: readonly number[]): void {
    this.#pending = this.#pending.filter((i) => !by.includes(i));
  }

  // --- statements --------------------------------------------------------------------------------------------------

  /** Adds a statement, and takes away those before it that it implies. */
  #emit(statement: Statement, needs: readonly Needs[]): void {
    if (this.#link.length > 0) {
      if (needs.some(({ link }) => link !== undefined)) this.#known.link = 'ether';
      else this.#flush(this.#link);
      this.#link = [];
    }
    this.#dropImplied(needs);
    this.#push(statement);
    for (const need of needs) learn(this.#known, need);
  }

  #push(statement: Statement): void {
    this.#before.push({ ...this.#known });
    this.#statements.push(statement);
  }

  #dropImplied(needs: readonly Needs[]): void {
    if (needs.some(({ said }) => said === true)) return;
    for (let count = Math.min(this.#statements.length, 3); count > 0; count--) {
      const start = this.#statements.length - count;
      const known = this.#before[start]!;
      const implied = implications(known, needs)?.filter(({ layer }) => layer !== 'link');
      if (implied?.length !== count || !implied.every((one, i) => isDependency(this.#statements[start + i], one)))
        continue;
      this.#statements.length = start;
      this.#before.length = start;
      const { link } = this.#known;
      this.#known = { ...known, link };
      return;
    }
  }

  #emitOr(i: number, statement: Statement | undefined): void {
    if (statement === undefined) this.#raw(i);
    else this.#emit(statement, []);
  }

  /** Keeps an expression as it is, after those that loaded its registers. */
  #raw(i: number, ...used: readonly (Loaded | undefined)[]): void {
    for (const loaded of used) if (loaded !== undefined) this.#checkUnused(loaded);
    this.#flush([...this.#link, ...this.#pending, i]);
    this.#link = [];
    this.#pending = [];
  }

  /** Checks that what loaded a register is still there for an expression that stays as it is. */
  #checkUnused({ by }: Loaded): void {
    if (!by.every((i) => this.#pending.includes(i) || this.#kept.has(i))) throw new Entangled();
  }

  #flush(expressions: readonly number[]): void {
    for (const i of expressions.toSorted((a, b) => a - b)) {
      this.#kept.add(i);
      this.#push(rawStatement(this.#expressions[i]!));
    }
  }

  /** The selector that a register holds, when there is a word for it. */
  #named(loaded: Loaded | undefined): Named | undefined {
    if (loaded?.source === undefined) return undefined;
    const known = this.#link.length > 0 ? { ...this.#known, link: 'ether' } : this.#known;
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

  #cmp(i: number): number {
    const { sreg, op = CmpOp.eq, data } = dataOf(this.#expressions[i]!, 'cmp');
    const value = data?.value;
    const loaded = this.#at(sreg);
    if (
      value !== undefined &&
      op === CmpOp.eq &&
      checksEthernet(loaded, value) &&
      loaded?.by.every((one) => this.#pending.includes(one)) === true
    ) {
      this.#flush(this.#link);
      this.#use(loaded.by);
      this.#link = [...loaded.by, i];
      return 0;
    }
    const upper = value !== undefined && op === CmpOp.gte ? this.#upperBound(i + 1, sreg) : undefined;
    if (value !== undefined && upper !== undefined && compareBytes(value, upper) <= 0) {
      this.#compare(i, sreg, (compared) => rangeComparison(compared, '==', value, upper), [i, i + 1]);
      return 1;
    }
    if (value !== undefined && op === CmpOp.eq && this.#bothPorts(loaded, value)) return 0;
    this.#compare(i, sreg, (compared) => (value === undefined ? undefined : comparison(compared, op, value)));
    return 0;
  }

  /** nft looks at both ports at once when a rule compares them one after the other. */
  #bothPorts(loaded: Loaded | undefined, value: Uint8Array): boolean {
    if (loaded?.source?.from !== 'payload' || loaded.mask !== undefined || loaded.turned === true) return false;
    const { base, offset, len } = loaded.source;
    if (base !== PayloadBase.transport || offset !== 0 || len !== 4 || value.length !== 4) return false;
    const ports = [0, 2].map((at) => ({
      at,
      named: this.#named({ by: [], source: { from: 'payload', base, offset: at, len: 2 } }),
    }));
    this.#use(loaded.by);
    for (const { at, named } of ports) {
      if (named === undefined) throw new Entangled();
      this.#emitMatch(named.selector, { op: '==', right: bytesToNumber(value.subarray(at, at + 2)) }, [named.needs]);
    }
    return true;
  }

  /** The bound of a range's second comparison. */
  #upperBound(i: number, sreg: number | undefined): Uint8Array | undefined {
    const of = this.#expressions[i];
    if (of?.name !== 'cmp') return undefined;
    const { sreg: register, op, data } = dataOf(of, 'cmp');
    return register === sreg && op === CmpOp.lte ? data?.value : undefined;
  }

  #compare(
    i: number,
    sreg: number | undefined,
    say: (compared: Compared) => Comparison | undefined,
    own: readonly number[] = [i],
  ): void {
    const loaded = this.#at(sreg);
    const named = this.#named(loaded);
    const said =
      named === undefined || loaded === undefined || !fills(loaded, named.type)
        ? undefined
        : say(named.computed ? { type: named.type } : { type: named.type, ...loaded });
    if (named === undefined || loaded === undefined || said === undefined) {
      this.#pending.push(...own.slice(0, -1));
      this.#raw(own.at(-1)!, loaded);
      return;
    }
    this.#use(loaded.by);
    this.#emitMatch(named.selector, said, [named.needs]);
  }

  #emitMatch(left: string, { op, right }: Comparison, needs: readonly Needs[]): void {
    this.#emit({ match: { left: left as Selector, op, right } }, needs);
    learnFrom(this.#known, left, op, right);
  }

  #lookup(i: number): void {
    const { set = '', sreg, dreg, setId, flags = 0 } = dataOf(this.#expressions[i]!, 'lookup');
    const key = lookupKey(set, setId);
    const anonymous = this.#context.anonymous?.get(key);
    const loads = this.#loadsOf(sreg, (anonymous ?? this.#context.sets?.[set])?.key.length);
    const parts = loads.map((loaded) => this.#wholly(loaded));
    const named = parts.filter((part) => part !== undefined);
    const whole =
      named.length > 0 && named.length === parts.length && loads.every((loaded, n) => isWhole(loaded, named[n]!.type));
    if (!whole || (dreg !== undefined && dreg !== NFT_REG_VERDICT)) {
      if (dreg === undefined || dreg === NFT_REG_VERDICT) this.#raw(i, ...loads);
      else {
        for (const loaded of loads) this.#checkUnused(loaded);
        this.#putGiven(i, dreg, [...loads.flatMap(({ by }) => by), i], set, whole ? named : []);
      }
      return;
    }
    for (const { by } of loads) this.#use(by);
    const left = named.map(({ selector }) => selector).join(CONCATENATION);
    const needs = named.map((part) => part.needs);
    if (dreg === NFT_REG_VERDICT) {
      this.#emit({ vmap: { left: left as Selector, set } }, needs);
      return;
    }
    const right = anonymous === undefined ? undefined : fold(anonymous, named, this.#interfaces);
    if (right !== undefined) this.folded.add(key);
    this.#emitMatch(left, { op: (flags & NFT_LOOKUP_F_INV) === 0 ? '==' : '!=', right: right ?? { set } }, needs);
  }

  /** Notes what a map gives, each part of a concatenation in its own registers. */
  #putGiven(i: number, dreg: number, by: readonly number[], map: string, key: readonly Named[]): void {
    const types = key.length === 0 ? undefined : this.#context.sets?.[map]?.value;
    if (types === undefined) {
      this.#put(i, dreg, { by });
      return;
    }
    const lookup = { map, by: key.map(({ selector }) => selector).join(CONCATENATION) as Selector };
    const needs = key.map((part) => part.needs);
    this.#pending.push(i);
    let slot = slotOfRegister(dreg);
    types.forEach((name, part) => {
      this.#slots.set(slot, { by, given: { lookup, types, part, needs } });
      slot += slotsOf(dataType(name).size);
    });
  }

  /** The selector that says all of what a register holds. */
  #wholly(loaded: Loaded | undefined): Named | undefined {
    const named = this.#named(loaded);
    return loaded?.mask === undefined || named?.computed === true ? named : undefined;
  }

  /** The registers that a key of `count` parts is in. */
  #loadsOf(sreg: number | undefined, count = Infinity): readonly Loaded[] {
    const found: Loaded[] = [];
    let slot = sreg === undefined ? -1 : slotOfRegister(sreg);
    for (
      let loaded = this.#slots.get(slot);
      loaded !== undefined && found.length < count;
      loaded = this.#slots.get(slot)
    ) {
      if (found.length > 0 && !loaded.by.every((one) => this.#pending.includes(one))) break;
      found.push(loaded);
      const named = this.#named(loaded);
      if (named === undefined) break;
      slot += slotsOf(named.type.size);
    }
    return found;
  }

  #element(i: number): void {
    const data = dataOf(this.#expressions[i]!, 'dynset');
    const set = this.#context.sets?.[data.setName ?? ''];
    const key = this.#loadsOf(data.sregKey, set?.key.length);
    const value = data.sregData === undefined ? [] : this.#loadsOf(data.sregData, set?.value?.length);
    const loads = [...key, ...value];
    const named = loads.map((loaded) => this.#wholly(loaded));
    const complete = set !== undefined && key.length === set.key.length && value.length === (set.value?.length ?? 0);
    const element = complete
      ? decodeElement(data, joined(named.slice(0, key.length)), joined(named.slice(key.length)))
      : undefined;
    if (element === undefined) {
      this.#raw(i, ...loads);
      return;
    }
    for (const { by } of loads) this.#use(by);
    this.#emit(
      { element },
      named.map((part) => part!.needs),
    );
  }

  /** Bytes written over a part of the packet; nothing but that, and no checksum made up for it. */
  #write(i: number): void {
    const {
      sreg,
      base = 0,
      offset = 0,
      len = 0,
      csumType = 0,
      csumOffset = 0,
      csumFlags = 0,
      ...rest
    } = dataOf(this.#expressions[i]!, 'payload');
    const loaded = this.#at(sreg);
    const field = rawFieldOf(base, offset, len);
    const plain = csumType === 0 && csumOffset === 0 && csumFlags === 0 && Object.keys(rest).length === 0;
    if (field === undefined || !plain || loaded?.constant?.length !== len) {
      this.#raw(i, loaded);
      return;
    }
    this.#use(loaded.by);
    this.#emit({ write: { to: field, value: `0x${Buffer.from(loaded.constant).toString('hex')}` } }, []);
  }

  #setMark(i: number, key: 'meta mark' | 'ct mark' | undefined, sreg: number | undefined): void {
    const loaded = this.#at(sreg);
    if (key === undefined || loaded?.constant?.length !== 4) {
      this.#raw(i, loaded);
      return;
    }
    this.#use(loaded.by);
    this.#emit({ set: { key, value: bytesToNumber(registerOrder(dataType('mark'), loaded.constant)) } }, []);
  }

  /** A part of the packet as it is, or what is computed of it, in a register. */
  #packet(register: number | undefined): FromPacket | undefined {
    const named = this.#wholly(this.#at(register));
    return named === undefined ? undefined : { by: named.selector as Selector };
  }

  /** @param telling the registers of what tells, in nft's language, which protocols the packet is of */
  #setTrace(i: number, sreg: number | undefined): void {
    const loaded = this.#at(sreg);
    if (loaded?.constant?.length !== 1) {
      this.#raw(i, loaded);
      return;
    }
    this.#use(loaded.by);
    this.#emit({ set: { key: 'meta nftrace', value: loaded.constant[0]! } }, []);
  }

  #translate(
    i: number,
    telling: readonly (number | undefined)[],
    registers: readonly (number | undefined)[],
    say: (held: Held) => Statement | undefined,
  ): void {
    const used = [...telling, ...registers].flatMap((register) => (register === undefined ? [] : [this.#at(register)]));
    const statement = say(
      (register) => this.#at(register)?.constant ?? this.#at(register)?.given ?? this.#packet(register),
    );
    if (statement === undefined) {
      this.#raw(i, ...used);
      return;
    }
    for (const loaded of used) this.#use(loaded?.by ?? []);
    this.#emit(statement, this.#at(telling[0])?.given?.needs ?? []);
  }
}

/** What encoding would put before a statement with these needs. */
function implications(before: Known, needs: readonly Needs[]): readonly Dependency[] | undefined {
  const known = { ...before };
  try {
    return needs.flatMap((need) => {
      const found = missing(known, need);
      learn(known, need);
      return found;
    });
  } catch {
    return undefined;
  }
}

/** What several registers hold, one after the other; nothing when there are no words for one of them. */
const joined = (parts: readonly (Named | undefined)[]): string | undefined =>
  parts.length > 0 && parts.every((part) => part !== undefined)
    ? parts.map((part) => part.selector).join(CONCATENATION)
    : undefined;

/** ARPHRD_ETHER. */
const ETHERNET = hostOrder(numberToBytes(1, 2));

const checksEthernet = (loaded: Loaded | undefined, value: Uint8Array): boolean =>
  loaded?.source?.from === 'meta' &&
  loaded.source.key === MetaKey.iiftype &&
  loaded.mask === undefined &&
  compareBytes(value, ETHERNET) === 0;

/** Whether a register holds a value of the type; a payload may hold the beginning of an address. */
const fills = ({ source }: Loaded, type: DataType): boolean =>
  source?.from !== 'payload' || source.len === type.size || type.family !== undefined;

const isWhole = ({ source }: Loaded, type: DataType): boolean => source?.from !== 'payload' || source.len === type.size;

/** The elements of an anonymous set as the values of a match; nothing when they are of other types. */
function fold(set: SetState, named: readonly Named[], interfaces: Interfaces): MatchValue | undefined {
  if (set.value !== undefined || set.elements.length === 0 || set.key.length !== named.length) return undefined;
  if (!set.key.every((name, i) => name === named[i]!.type.name)) return undefined;
  if (set.elements.some(({ key }) => key.length !== named.length)) return undefined;
  const anyOf = set.elements.map(({ key }) => {
    const [only] = key;
    return key.length === 1 && only !== undefined
      ? inWords(named[0]!.type, only, interfaces)
      : key.map(text).join(CONCATENATION);
  });
  return anyOf.length === 1 && named.length === 1 ? anyOf[0]! : { anyOf };
}

const text = (word: Word | RangeWord): string => (typeof word === 'object' ? word.range.join('-') : String(word));

function inWords(type: DataType, word: Word | RangeWord, interfaces: Interfaces): Word | RangeWord {
  if (type.name !== 'iface_index' || typeof word === 'object') return word;
  const named = interfaceIndex(interfaces);
  return named.format(named.parse(word));
}
