import {
  ByteorderOp,
  CmpOp,
  CtKey,
  dataOf,
  isKnown,
  type Expr,
  NFT_LOOKUP_F_INV,
  MetaKey,
  PayloadBase,
  RangeOp,
} from '../expr/index.ts';
import type { Selector, Statement, TableFamily } from '../../state/index.ts';
import { NFT_REG_VERDICT } from '../constants.ts';
import {
  dataType,
  type DataType,
  type Interfaces,
  bytesToNumber,
  compareBytes,
  hostOrder,
  numberToBytes,
} from '../words/index.ts';
import { comparison, rangeComparison, type Compared, type Comparison } from './compare.ts';
import { lookupKey, type DecodeContext } from './context.ts';
import { markKnownFrom } from './dependencies.ts';
import { decodeElement } from './element.ts';
import { decodeMasquerade, decodeNat, type RegisterContent } from './nat.ts';
import { registerOrder, slotOfRegister, slotsOf } from './register.ts';
import { formatRejection } from './reject.ts';
import { CONCATENATION, rawFieldOf, type Needs } from './selectors.ts';
import { counterStatement, flowStatement, limitStatement, logStatement, verdictStatement } from './statements.ts';

import { fold } from './fold.ts';
import { RegisterReused, RuleReader, type RegisterLoad, type Named } from './rule-reader.ts';

/** Reads the expressions of a rule one after the other. */
export class Decoding {
  readonly folded = new Set<string>();
  readonly #expressions: readonly Expr[];
  readonly #context: DecodeContext;
  readonly #interfaces: Interfaces;
  readonly #reading: RuleReader;

  constructor(family: TableFamily, expressions: readonly Expr[], context: DecodeContext) {
    this.#expressions = expressions;
    this.#context = context;
    this.#interfaces = context.interfaces ?? new Map();
    this.#reading = new RuleReader(family, expressions, this.#interfaces);
  }

  /** Its statements; undefined where one uses what another has used up. */
  run(): readonly Statement[] | undefined {
    try {
      for (let i = 0; i < this.#expressions.length; i++) i += this.#step(i);
    } catch (error) {
      if (error instanceof RegisterReused) return undefined;
      throw error;
    }
    return this.#reading.finish();
  }

  /** Reads an expression; returns how many of those after it were read too. */
  #step(i: number): number {
    const of = this.#expressions[i]!;
    switch (isKnown(of.name) ? of.name : undefined) {
      case 'payload': {
        const { dreg, base = 0, offset = 0, len = 0 } = dataOf(of, 'payload');
        if (dreg === undefined) this.#write(i);
        else this.#reading.load(i, dreg, { from: 'payload', base, offset, len });
        return 0;
      }
      case 'meta': {
        const { dreg, key = -1, sreg } = dataOf(of, 'meta');
        if (dreg !== undefined) this.#reading.load(i, dreg, { from: 'meta', key });
        else if (key === MetaKey.nftrace) this.#setTrace(i, sreg);
        else this.#setMark(i, key === MetaKey.mark ? 'meta mark' : undefined, sreg);
        return 0;
      }
      case 'ct': {
        const { dreg, key = -1, sreg, direction } = dataOf(of, 'ct');
        if (dreg !== undefined)
          this.#reading.load(i, dreg, { from: 'ct', key, ...(direction === undefined ? {} : { direction }) });
        else this.#setMark(i, key === CtKey.mark && direction === undefined ? 'ct mark' : undefined, sreg);
        return 0;
      }
      case 'fib': {
        const { dreg, result = 0, flags = 0 } = dataOf(of, 'fib');
        this.#reading.load(i, dreg ?? 1, { from: 'fib', result, flags });
        return 0;
      }
      case 'socket': {
        const { dreg, key = -1 } = dataOf(of, 'socket');
        this.#reading.load(i, dreg ?? 1, { from: 'socket', key });
        return 0;
      }
      case 'dynset':
        this.#element(i);
        return 0;
      case 'immediate': {
        const { dreg, data } = dataOf(of, 'immediate');
        if (dreg === NFT_REG_VERDICT)
          this.#reading.emitOr(i, data?.verdict === undefined ? undefined : verdictStatement(data.verdict));
        else
          this.#reading.put(i, dreg ?? 1, { by: [i], ...(data?.value === undefined ? {} : { constant: data.value }) });
        return 0;
      }
      case 'bitwise':
        this.#bitwise(i);
        return 0;
      case 'byteorder': {
        const { sreg, dreg, op } = dataOf(of, 'byteorder');
        const loaded = this.#reading.at(sreg);
        const whole =
          sreg === dreg &&
          op === ByteorderOp.hton &&
          loaded?.source !== undefined &&
          loaded.mask === undefined &&
          loaded.turned !== true;
        this.#reading.put(
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
        this.#reading.emit(counterStatement(of), []);
        return 0;
      case 'log':
        this.#reading.emitOr(i, logStatement(of));
        return 0;
      case 'flow_offload':
        this.#reading.emitOr(i, flowStatement(of));
        return 0;
      case 'limit':
        this.#reading.emitOr(i, limitStatement(of));
        return 0;
      case 'reject': {
        const { type = -1, icmpCode = 0 } = dataOf(of, 'reject');
        const said = formatRejection(this.#reading.known, type, icmpCode);
        if (said === undefined) this.#reading.raw(i);
        else this.#reading.emit({ reject: said.words }, [said.needs]);
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
        this.#reading.raw(i);
        // It may have written any register: what was in them before is not to be relied on.
        for (const [slot, { by }] of this.#reading.slots) this.#reading.slots.set(slot, { by });
        return 0;
    }
  }

  #bitwise(i: number): void {
    const { sreg, dreg, op = 0, mask, xor } = dataOf(this.#expressions[i]!, 'bitwise');
    const loaded = this.#reading.at(sreg);
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
      this.#reading.put(i, dreg ?? 1, { ...loaded, by: [...loaded.by, i], mask: mask.value, ...turned });
    } else this.#reading.put(i, dreg ?? 1, { by: [...(loaded?.by ?? []), i] });
  }

  #cmp(i: number): number {
    const { sreg, op = CmpOp.eq, data } = dataOf(this.#expressions[i]!, 'cmp');
    const value = data?.value;
    const loaded = this.#reading.at(sreg);
    if (
      value !== undefined &&
      op === CmpOp.eq &&
      checksEthernet(loaded, value) &&
      loaded?.by.every((one) => this.#reading.pending.includes(one)) === true
    ) {
      this.#reading.flush(this.#reading.link);
      this.#reading.use(loaded.by);
      this.#reading.link = [...loaded.by, i];
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
  #bothPorts(loaded: RegisterLoad | undefined, value: Uint8Array): boolean {
    if (loaded?.source?.from !== 'payload' || loaded.mask !== undefined || loaded.turned === true) return false;
    const { base, offset, len } = loaded.source;
    if (base !== PayloadBase.transport || offset !== 0 || len !== 4 || value.length !== 4) return false;
    const ports = [0, 2].map((at) => ({
      at,
      named: this.#reading.named({ by: [], source: { from: 'payload', base, offset: at, len: 2 } }),
    }));
    this.#reading.use(loaded.by);
    for (const { at, named } of ports) {
      if (named === undefined) throw new RegisterReused();
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
    const loaded = this.#reading.at(sreg);
    const named = this.#reading.named(loaded);
    const said =
      named === undefined || loaded === undefined || !fills(loaded, named.type)
        ? undefined
        : say(named.computed ? { type: named.type } : { type: named.type, ...loaded });
    if (named === undefined || loaded === undefined || said === undefined) {
      this.#reading.pending.push(...own.slice(0, -1));
      this.#reading.raw(own.at(-1)!, loaded);
      return;
    }
    this.#reading.use(loaded.by);
    this.#emitMatch(named.selector, said, [named.needs]);
  }

  #emitMatch(left: string, { op, right }: Comparison, needs: readonly Needs[]): void {
    this.#reading.emit({ match: { left: left as Selector, op, right } }, needs);
    markKnownFrom(this.#reading.known, left, op, right);
  }

  #lookup(i: number): void {
    const { set = '', sreg, dreg, setId, flags = 0 } = dataOf(this.#expressions[i]!, 'lookup');
    const key = lookupKey(set, setId);
    const anonymous = this.#context.anonymous?.get(key);
    const loads = this.#reading.loadsOf(sreg, (anonymous ?? this.#context.sets?.[set])?.key.length);
    const parts = loads.map((loaded) => this.#reading.wholly(loaded));
    const named = parts.filter((part) => part !== undefined);
    const whole =
      named.length > 0 && named.length === parts.length && loads.every((loaded, n) => isWhole(loaded, named[n]!.type));
    if (!whole || (dreg !== undefined && dreg !== NFT_REG_VERDICT)) {
      if (dreg === undefined || dreg === NFT_REG_VERDICT) this.#reading.raw(i, ...loads);
      else {
        for (const loaded of loads) this.#reading.checkUnused(loaded);
        this.#putGiven(i, dreg, [...loads.flatMap(({ by }) => by), i], set, whole ? named : []);
      }
      return;
    }
    for (const { by } of loads) this.#reading.use(by);
    const left = named.map(({ selector }) => selector).join(CONCATENATION);
    const needs = named.map((part) => part.needs);
    if (dreg === NFT_REG_VERDICT) {
      this.#reading.emit({ vmap: { left: left as Selector, set } }, needs);
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
      this.#reading.put(i, dreg, { by });
      return;
    }
    const lookup = { map, by: key.map(({ selector }) => selector).join(CONCATENATION) as Selector };
    const needs = key.map((part) => part.needs);
    this.#reading.pending.push(i);
    let slot = slotOfRegister(dreg);
    types.forEach((name, part) => {
      this.#reading.slots.set(slot, { by, given: { lookup, types, part, needs } });
      slot += slotsOf(dataType(name).size);
    });
  }

  #element(i: number): void {
    const data = dataOf(this.#expressions[i]!, 'dynset');
    const set = this.#context.sets?.[data.setName ?? ''];
    const key = this.#reading.loadsOf(data.sregKey, set?.key.length);
    const value = data.sregData === undefined ? [] : this.#reading.loadsOf(data.sregData, set?.value?.length);
    const loads = [...key, ...value];
    const named = loads.map((loaded) => this.#reading.wholly(loaded));
    const complete = set !== undefined && key.length === set.key.length && value.length === (set.value?.length ?? 0);
    const element = complete
      ? decodeElement(data, joined(named.slice(0, key.length)), joined(named.slice(key.length)))
      : undefined;
    if (element === undefined) {
      this.#reading.raw(i, ...loads);
      return;
    }
    for (const { by } of loads) this.#reading.use(by);
    this.#reading.emit(
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
    const loaded = this.#reading.at(sreg);
    const field = rawFieldOf(base, offset, len);
    const plain = csumType === 0 && csumOffset === 0 && csumFlags === 0 && Object.keys(rest).length === 0;
    if (field === undefined || !plain || loaded?.constant?.length !== len) {
      this.#reading.raw(i, loaded);
      return;
    }
    this.#reading.use(loaded.by);
    this.#reading.emit({ write: { to: field, value: `0x${Buffer.from(loaded.constant).toString('hex')}` } }, []);
  }

  #setMark(i: number, key: 'meta mark' | 'ct mark' | undefined, sreg: number | undefined): void {
    const loaded = this.#reading.at(sreg);
    if (key === undefined || loaded?.constant?.length !== 4) {
      this.#reading.raw(i, loaded);
      return;
    }
    this.#reading.use(loaded.by);
    this.#reading.emit({ set: { key, value: bytesToNumber(registerOrder(dataType('mark'), loaded.constant)) } }, []);
  }

  #setTrace(i: number, sreg: number | undefined): void {
    const loaded = this.#reading.at(sreg);
    if (loaded?.constant?.length !== 1) {
      this.#reading.raw(i, loaded);
      return;
    }
    this.#reading.use(loaded.by);
    this.#reading.emit({ set: { key: 'meta nftrace', value: loaded.constant[0]! } }, []);
  }

  /** @param telling the registers of what tells, in nft's language, which protocols the packet is of */
  #translate(
    i: number,
    telling: readonly (number | undefined)[],
    registers: readonly (number | undefined)[],
    say: (held: RegisterContent) => Statement | undefined,
  ): void {
    const used = [...telling, ...registers].flatMap((register) =>
      register === undefined ? [] : [this.#reading.at(register)],
    );
    const statement = say(
      (register) =>
        this.#reading.at(register)?.constant ?? this.#reading.at(register)?.given ?? this.#reading.packet(register),
    );
    if (statement === undefined) {
      this.#reading.raw(i, ...used);
      return;
    }
    for (const loaded of used) this.#reading.use(loaded?.by ?? []);
    this.#reading.emit(statement, this.#reading.at(telling[0])?.given?.needs ?? []);
  }
}

/** What several registers hold, one after the other; nothing when there are no words for one of them. */
const joined = (parts: readonly (Named | undefined)[]): string | undefined =>
  parts.length > 0 && parts.every((part) => part !== undefined)
    ? parts.map((part) => part.selector).join(CONCATENATION)
    : undefined;

/** ARPHRD_ETHER. */
const ETHERNET = hostOrder(numberToBytes(1, 2));

const checksEthernet = (loaded: RegisterLoad | undefined, value: Uint8Array): boolean =>
  loaded?.source?.from === 'meta' &&
  loaded.source.key === MetaKey.iiftype &&
  loaded.mask === undefined &&
  compareBytes(value, ETHERNET) === 0;

/** Whether a register holds a value of the type; a payload may hold the beginning of an address. */
const fills = ({ source }: RegisterLoad, type: DataType): boolean =>
  source?.from !== 'payload' || source.len === type.size || type.family !== undefined;

const isWhole = ({ source }: RegisterLoad, type: DataType): boolean =>
  source?.from !== 'payload' || source.len === type.size;
