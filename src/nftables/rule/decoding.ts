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
} from '../datatypes/index.ts';
import { comparison, rangeComparison, type Compared, type Comparison } from './compare.ts';
import { lookupKey, type DecodeContext } from './context.ts';
import { addProtocolsOfMatch } from './dependencies.ts';
import { decodeElement } from './element.ts';
import { decodeMasquerade, decodeNat, type RegisterContent } from './nat.ts';
import { registerOrder, slotOfRegister, slotsOf } from './register.ts';
import { formatRejection } from './reject.ts';
import { CONCATENATION, rawFieldOf, type RequiredProtocols } from './selectors.ts';
import { counterStatement, flowStatement, limitStatement, logStatement, verdictStatement } from './statements.ts';

import { fold } from './fold.ts';
import { RegisterReused, RuleReader, type RegisterLoad, type LoadedSelector } from './rule-reader.ts';

/** Decodes the expressions of a rule in order. */
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

  /** Returns the statements; undefined when an expression uses a register that an earlier statement has consumed. */
  run(): readonly Statement[] | undefined {
    try {
      for (let i = 0; i < this.#expressions.length; i++) i += this.#step(i);
    } catch (error) {
      if (error instanceof RegisterReused) return undefined;
      throw error;
    }
    return this.#reading.finish();
  }

  /** Decodes an expression. Returns how many of the next expressions it has decoded too. */
  #step(i: number): number {
    const expression = this.#expressions[i]!;
    switch (isKnown(expression.name) ? expression.name : undefined) {
      case 'payload': {
        const { dreg, base = 0, offset = 0, len = 0 } = dataOf(expression, 'payload');
        if (dreg === undefined) this.#write(i);
        else this.#reading.load(i, dreg, { from: 'payload', base, offset, len });
        return 0;
      }
      case 'meta': {
        const { dreg, key = -1, sreg } = dataOf(expression, 'meta');
        if (dreg !== undefined) this.#reading.load(i, dreg, { from: 'meta', key });
        else if (key === MetaKey.nftrace) this.#setTrace(i, sreg);
        else this.#setMark(i, key === MetaKey.mark ? 'meta mark' : undefined, sreg);
        return 0;
      }
      case 'ct': {
        const { dreg, key = -1, sreg, direction } = dataOf(expression, 'ct');
        if (dreg !== undefined)
          this.#reading.load(i, dreg, { from: 'ct', key, ...(direction === undefined ? {} : { direction }) });
        else this.#setMark(i, key === CtKey.mark && direction === undefined ? 'ct mark' : undefined, sreg);
        return 0;
      }
      case 'fib': {
        const { dreg, result = 0, flags = 0 } = dataOf(expression, 'fib');
        this.#reading.load(i, dreg ?? 1, { from: 'fib', result, flags });
        return 0;
      }
      case 'socket': {
        const { dreg, key = -1 } = dataOf(expression, 'socket');
        this.#reading.load(i, dreg ?? 1, { from: 'socket', key });
        return 0;
      }
      case 'dynset':
        this.#element(i);
        return 0;
      case 'immediate': {
        const { dreg, data } = dataOf(expression, 'immediate');
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
        const { sreg, dreg, op } = dataOf(expression, 'byteorder');
        const loaded = this.#reading.at(sreg);
        const supported =
          sreg === dreg &&
          op === ByteorderOp.hton &&
          loaded?.source !== undefined &&
          loaded.mask === undefined &&
          loaded.swapped !== true;
        this.#reading.put(
          i,
          dreg ?? 1,
          supported ? { ...loaded, by: [...loaded.by, i], swapped: true } : { by: [...(loaded?.by ?? []), i] },
        );
        return 0;
      }
      case 'cmp':
        return this.#cmp(i);
      case 'range': {
        const { sreg, op, fromData, toData } = dataOf(expression, 'range');
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
        this.#reading.emit(counterStatement(expression), []);
        return 0;
      case 'log':
        this.#reading.emitOr(i, logStatement(expression));
        return 0;
      case 'flow_offload':
        this.#reading.emitOr(i, flowStatement(expression));
        return 0;
      case 'limit':
        this.#reading.emitOr(i, limitStatement(expression));
        return 0;
      case 'reject': {
        const { type = -1, icmpCode = 0 } = dataOf(expression, 'reject');
        const rejection = formatRejection(this.#reading.protocols, type, icmpCode);
        if (rejection === undefined) this.#reading.raw(i);
        else this.#reading.emit({ reject: rejection.reject }, [rejection.requires]);
        return 0;
      }
      case 'nat': {
        const data = dataOf(expression, 'nat');
        // nft requires an explicit match of the transport protocol when only the port comes from a map.
        this.#translate(i, [data.regAddrMin, data.regAddrMax], [data.regProtoMin, data.regProtoMax], (contentOf) =>
          decodeNat(data, contentOf),
        );
        return 0;
      }
      case 'masq': {
        const data = dataOf(expression, 'masq');
        this.#translate(i, [], [data.regProtoMin, data.regProtoMax], (contentOf) => decodeMasquerade(data, contentOf));
        return 0;
      }
      // Expressions without a statement here, and those of a newer kernel.
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
        // The expression may have written any register: their contents are unknown now.
        for (const [slot, { by }] of this.#reading.slots) this.#reading.slots.set(slot, { by });
        return 0;
    }
  }

  #bitwise(i: number): void {
    const { sreg, dreg, op = 0, mask, xor } = dataOf(this.#expressions[i]!, 'bitwise');
    const loaded = this.#reading.at(sreg);
    const supported =
      sreg === dreg &&
      op === 0 &&
      mask?.value !== undefined &&
      xor?.value !== undefined &&
      loaded?.source !== undefined &&
      loaded.mask === undefined &&
      loaded.swapped !== true;
    if (supported) {
      const flipped = xor.value.some((byte) => byte !== 0) ? { xor: xor.value } : {};
      this.#reading.put(i, dreg ?? 1, { ...loaded, by: [...loaded.by, i], mask: mask.value, ...flipped });
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
      loaded?.by.every((index) => this.#reading.pending.includes(index)) === true
    ) {
      this.#reading.flush(this.#reading.linkCheck);
      this.#reading.use(loaded.by);
      this.#reading.linkCheck = [...loaded.by, i];
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

  /** Decodes a comparison of both ports at once: nft merges two adjacent comparisons of ports. */
  #bothPorts(loaded: RegisterLoad | undefined, value: Uint8Array): boolean {
    if (loaded?.source?.from !== 'payload' || loaded.mask !== undefined || loaded.swapped === true) return false;
    const { base, offset, len } = loaded.source;
    if (base !== PayloadBase.transport || offset !== 0 || len !== 4 || value.length !== 4) return false;
    const ports = [0, 2].map((at) => ({
      at,
      port: this.#reading.selectorOf({ by: [], source: { from: 'payload', base, offset: at, len: 2 } }),
    }));
    this.#reading.use(loaded.by);
    for (const { at, port } of ports) {
      if (port === undefined) throw new RegisterReused();
      this.#emitMatch(port.selector, { op: '==', right: bytesToNumber(value.subarray(at, at + 2)) }, [port.requires]);
    }
    return true;
  }

  /** Returns the upper bound of a range, if expression `i` compares the same register with it. */
  #upperBound(i: number, sreg: number | undefined): Uint8Array | undefined {
    const expression = this.#expressions[i];
    if (expression?.name !== 'cmp') return undefined;
    const { sreg: register, op, data } = dataOf(expression, 'cmp');
    return register === sreg && op === CmpOp.lte ? data?.value : undefined;
  }

  /**
   * Decodes a comparison of a register.
   * @param compare returns the operator and value, or undefined when no match statement expresses them
   * @param own the expressions of the comparison
   */
  #compare(
    i: number,
    sreg: number | undefined,
    compare: (register: Compared) => Comparison | undefined,
    own: readonly number[] = [i],
  ): void {
    const loaded = this.#reading.at(sreg);
    const left = this.#reading.selectorOf(loaded);
    const result =
      left === undefined || loaded === undefined || !fills(loaded, left.type)
        ? undefined
        : compare(left.computed ? { type: left.type } : { type: left.type, ...loaded });
    if (left === undefined || loaded === undefined || result === undefined) {
      this.#reading.pending.push(...own.slice(0, -1));
      this.#reading.raw(own.at(-1)!, loaded);
      return;
    }
    this.#reading.use(loaded.by);
    this.#emitMatch(left.selector, result, [left.requires]);
  }

  #emitMatch(left: string, { op, right }: Comparison, requires: readonly RequiredProtocols[]): void {
    this.#reading.emit({ match: { left: left as Selector, op, right } }, requires);
    addProtocolsOfMatch(this.#reading.protocols, left, op, right);
  }

  #lookup(i: number): void {
    const { set = '', sreg, dreg, setId, flags = 0 } = dataOf(this.#expressions[i]!, 'lookup');
    const key = lookupKey(set, setId);
    const anonymous = this.#context.anonymous?.get(key);
    const loads = this.#reading.loadsOf(sreg, (anonymous ?? this.#context.sets?.[set])?.key.length);
    const parts = loads.map((loaded) => this.#reading.exactSelectorOf(loaded));
    const decoded = parts.filter((part) => part !== undefined);
    const complete =
      decoded.length > 0 &&
      decoded.length === parts.length &&
      loads.every((loaded, n) => isWhole(loaded, decoded[n]!.type));
    if (!complete || (dreg !== undefined && dreg !== NFT_REG_VERDICT)) {
      if (dreg === undefined || dreg === NFT_REG_VERDICT) this.#reading.raw(i, ...loads);
      else {
        for (const loaded of loads) this.#reading.checkUnused(loaded);
        this.#putMapValue(i, dreg, [...loads.flatMap(({ by }) => by), i], set, complete ? decoded : []);
      }
      return;
    }
    for (const { by } of loads) this.#reading.use(by);
    const left = decoded.map(({ selector }) => selector).join(CONCATENATION);
    const requires = decoded.map((part) => part.requires);
    if (dreg === NFT_REG_VERDICT) {
      this.#reading.emit({ vmap: { left: left as Selector, set } }, requires);
      return;
    }
    const right = anonymous === undefined ? undefined : fold(anonymous, decoded, this.#interfaces);
    if (right !== undefined) this.folded.add(key);
    this.#emitMatch(left, { op: (flags & NFT_LOOKUP_F_INV) === 0 ? '==' : '!=', right: right ?? { set } }, requires);
  }

  /** Records that registers hold the value from a map, each part of a concatenation in registers of its own. */
  #putMapValue(i: number, dreg: number, by: readonly number[], map: string, key: readonly LoadedSelector[]): void {
    const types = key.length === 0 ? undefined : this.#context.sets?.[map]?.value;
    if (types === undefined) {
      this.#reading.put(i, dreg, { by });
      return;
    }
    const lookup = { map, by: key.map(({ selector }) => selector).join(CONCATENATION) as Selector };
    const requires = key.map((part) => part.requires);
    this.#reading.pending.push(i);
    let slot = slotOfRegister(dreg);
    types.forEach((name, part) => {
      this.#reading.slots.set(slot, { by, mapValue: { lookup, types, part, requires } });
      slot += slotsOf(dataType(name).size);
    });
  }

  #element(i: number): void {
    const data = dataOf(this.#expressions[i]!, 'dynset');
    const set = this.#context.sets?.[data.setName ?? ''];
    const key = this.#reading.loadsOf(data.sregKey, set?.key.length);
    const value = data.sregData === undefined ? [] : this.#reading.loadsOf(data.sregData, set?.value?.length);
    const loads = [...key, ...value];
    const parts = loads.map((loaded) => this.#reading.exactSelectorOf(loaded));
    const complete = set !== undefined && key.length === set.key.length && value.length === (set.value?.length ?? 0);
    const element = complete
      ? decodeElement(data, joined(parts.slice(0, key.length)), joined(parts.slice(key.length)))
      : undefined;
    if (element === undefined) {
      this.#reading.raw(i, ...loads);
      return;
    }
    for (const { by } of loads) this.#reading.use(by);
    this.#reading.emit(
      { element },
      parts.map((part) => part!.requires),
    );
  }

  /** Decodes a write of constant bytes to the packet, without a checksum update. */
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

  /**
   * Decodes a NAT expression.
   * @param addresses the registers of the addresses. The dependencies of a map lookup for the first are implied
   * @param ports the registers of the ports
   */
  #translate(
    i: number,
    addresses: readonly (number | undefined)[],
    ports: readonly (number | undefined)[],
    decode: (contentOf: RegisterContent) => Statement | undefined,
  ): void {
    const used = [...addresses, ...ports].flatMap((register) =>
      register === undefined ? [] : [this.#reading.at(register)],
    );
    const statement = decode(
      (register) =>
        this.#reading.at(register)?.constant ?? this.#reading.at(register)?.mapValue ?? this.#reading.packet(register),
    );
    if (statement === undefined) {
      this.#reading.raw(i, ...used);
      return;
    }
    for (const loaded of used) this.#reading.use(loaded?.by ?? []);
    this.#reading.emit(statement, this.#reading.at(addresses[0])?.mapValue?.requires ?? []);
  }
}

/** Returns the concatenation of selectors, or undefined when one of them is. */
const joined = (parts: readonly (LoadedSelector | undefined)[]): string | undefined =>
  parts.length > 0 && parts.every((part) => part !== undefined)
    ? parts.map((part) => part.selector).join(CONCATENATION)
    : undefined;

/** ARPHRD_ETHER of linux/if_arp.h. */
const ETHERNET = hostOrder(numberToBytes(1, 2));

const checksEthernet = (loaded: RegisterLoad | undefined, value: Uint8Array): boolean =>
  loaded?.source?.from === 'meta' &&
  loaded.source.key === MetaKey.iiftype &&
  loaded.mask === undefined &&
  compareBytes(value, ETHERNET) === 0;

/** True if a register holds a value of the type, or the first bytes of an address (for a prefix). */
const fills = ({ source }: RegisterLoad, type: DataType): boolean =>
  source?.from !== 'payload' || source.len === type.size || type.family !== undefined;

/** True if a register holds a complete value of the type. */
const isWhole = ({ source }: RegisterLoad, type: DataType): boolean =>
  source?.from !== 'payload' || source.len === type.size;
