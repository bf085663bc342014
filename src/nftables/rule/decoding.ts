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
  readonly #rule: RuleReader;

  constructor(family: TableFamily, expressions: readonly Expr[], context: DecodeContext) {
    this.#expressions = expressions;
    this.#context = context;
    this.#interfaces = context.interfaces ?? new Map();
    this.#rule = new RuleReader(family, expressions, this.#interfaces);
  }

  /** Returns the statements; undefined when an expression uses a register that an earlier statement has consumed. */
  run(): readonly Statement[] | undefined {
    try {
      for (let i = 0; i < this.#expressions.length; i++) i += this.#step(i);
    } catch (error) {
      if (error instanceof RegisterReused) return undefined;
      throw error;
    }
    return this.#rule.finish();
  }

  /** Decodes an expression. Returns how many of the next expressions it has decoded too. */
  #step(i: number): number {
    const expression = this.#expressions[i]!;
    switch (isKnown(expression.name) ? expression.name : undefined) {
      case 'payload': {
        const { dreg, base = 0, offset = 0, len = 0 } = dataOf(expression, 'payload');
        if (dreg === undefined) this.#write(i);
        else this.#rule.load(i, dreg, { from: 'payload', base, offset, len });
        return 0;
      }
      case 'meta': {
        const { dreg, key = -1, sreg } = dataOf(expression, 'meta');
        if (dreg !== undefined) this.#rule.load(i, dreg, { from: 'meta', key });
        else if (key === MetaKey.nftrace) this.#setTrace(i, sreg);
        else this.#setMark(i, key === MetaKey.mark ? 'meta mark' : undefined, sreg);
        return 0;
      }
      case 'ct': {
        const { dreg, key = -1, sreg, direction } = dataOf(expression, 'ct');
        if (dreg !== undefined)
          this.#rule.load(i, dreg, { from: 'ct', key, ...(direction === undefined ? {} : { direction }) });
        else this.#setMark(i, key === CtKey.mark && direction === undefined ? 'ct mark' : undefined, sreg);
        return 0;
      }
      case 'fib': {
        const { dreg, result = 0, flags = 0 } = dataOf(expression, 'fib');
        this.#rule.load(i, dreg ?? 1, { from: 'fib', result, flags });
        return 0;
      }
      case 'socket': {
        const { dreg, key = -1 } = dataOf(expression, 'socket');
        this.#rule.load(i, dreg ?? 1, { from: 'socket', key });
        return 0;
      }
      case 'dynset':
        this.#element(i);
        return 0;
      case 'immediate': {
        const { dreg, data } = dataOf(expression, 'immediate');
        if (dreg === NFT_REG_VERDICT)
          this.#rule.emitOr(i, data?.verdict === undefined ? undefined : verdictStatement(data.verdict));
        else
          this.#rule.put(i, dreg ?? 1, { loadedBy: [i], ...(data?.value !== undefined && { constant: data.value }) });
        return 0;
      }
      case 'bitwise':
        this.#bitwise(i);
        return 0;
      case 'byteorder': {
        const { sreg, dreg, op } = dataOf(expression, 'byteorder');
        const loaded = this.#rule.at(sreg);
        const content =
          sreg === dreg && op === ByteorderOp.hton && isUnchanged(loaded) ? { ...loaded, swapped: true } : {};
        this.#rule.put(i, dreg ?? 1, { ...content, loadedBy: [...(loaded?.loadedBy ?? []), i] });
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
        this.#rule.emit(counterStatement(expression), []);
        return 0;
      case 'log':
        this.#rule.emitOr(i, logStatement(expression));
        return 0;
      case 'flow_offload':
        this.#rule.emitOr(i, flowStatement(expression));
        return 0;
      case 'limit':
        this.#rule.emitOr(i, limitStatement(expression));
        return 0;
      case 'reject': {
        const { type = -1, icmpCode = 0 } = dataOf(expression, 'reject');
        const rejection = formatRejection(this.#rule.protocols, type, icmpCode);
        if (rejection === undefined) this.#rule.raw(i);
        else this.#rule.emit({ reject: rejection.reject }, [rejection.requires]);
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
        this.#rule.raw(i);
        // The expression may have written any register: their contents are unknown now.
        for (const [slot, { loadedBy }] of this.#rule.slots) this.#rule.slots.set(slot, { loadedBy });
        return 0;
    }
  }

  #bitwise(i: number): void {
    const { sreg, dreg, op = 0, mask, xor } = dataOf(this.#expressions[i]!, 'bitwise');
    const loaded = this.#rule.at(sreg);
    const loadedBy = [...(loaded?.loadedBy ?? []), i];
    if (sreg === dreg && op === 0 && mask?.value !== undefined && xor?.value !== undefined && isUnchanged(loaded)) {
      const flipped = xor.value.some((byte) => byte !== 0) ? { xor: xor.value } : {};
      this.#rule.put(i, dreg ?? 1, { ...loaded, loadedBy, mask: mask.value, ...flipped });
    } else this.#rule.put(i, dreg ?? 1, { loadedBy });
  }

  #cmp(i: number): number {
    const { sreg, op = CmpOp.eq, data } = dataOf(this.#expressions[i]!, 'cmp');
    const value = data?.value;
    const loaded = this.#rule.at(sreg);
    if (
      value !== undefined &&
      op === CmpOp.eq &&
      checksEthernet(loaded, value) &&
      loaded?.loadedBy.every((index) => this.#rule.pending.includes(index)) === true
    ) {
      this.#rule.flush(this.#rule.linkCheck);
      this.#rule.use(loaded.loadedBy);
      this.#rule.linkCheck = [...loaded.loadedBy, i];
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
      port: this.#rule.selectorOf({ loadedBy: [], source: { from: 'payload', base, offset: at, len: 2 } }),
    }));
    this.#rule.use(loaded.loadedBy);
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
    const loaded = this.#rule.at(sreg);
    const left = this.#rule.selectorOf(loaded);
    const result =
      left === undefined || loaded === undefined || !fills(loaded, left.type)
        ? undefined
        : compare(left.computed ? { type: left.type } : { type: left.type, ...loaded });
    if (left === undefined || loaded === undefined || result === undefined) {
      this.#rule.pending.push(...own.slice(0, -1));
      this.#rule.raw(own.at(-1)!, loaded);
      return;
    }
    this.#rule.use(loaded.loadedBy);
    this.#emitMatch(left.selector, result, [left.requires]);
  }

  #emitMatch(left: string, { op, right }: Comparison, requires: readonly RequiredProtocols[]): void {
    this.#rule.emit({ match: { left: left as Selector, op, right } }, requires);
    addProtocolsOfMatch(this.#rule.protocols, left, op, right);
  }

  #lookup(i: number): void {
    const { set = '', sreg, dreg, setId, flags = 0 } = dataOf(this.#expressions[i]!, 'lookup');
    const key = lookupKey(set, setId);
    const anonymous = this.#context.anonymous?.get(key);
    const loads = this.#rule.loadsOf(sreg, (anonymous ?? this.#context.sets?.[set])?.key.length);
    const parts = loads.map((loaded) => this.#rule.exactSelectorOf(loaded));
    const decoded = parts.filter((part) => part !== undefined);
    const complete =
      decoded.length > 0 &&
      decoded.length === parts.length &&
      loads.every((loaded, n) => isWhole(loaded, decoded[n]!.type));
    if (!complete || (dreg !== undefined && dreg !== NFT_REG_VERDICT)) {
      if (dreg === undefined || dreg === NFT_REG_VERDICT) this.#rule.raw(i, ...loads);
      else {
        for (const loaded of loads) this.#rule.checkUnused(loaded);
        this.#putMapValue(i, dreg, [...loads.flatMap(({ loadedBy }) => loadedBy), i], set, complete ? decoded : []);
      }
      return;
    }
    for (const { loadedBy } of loads) this.#rule.use(loadedBy);
    const left = decoded.map(({ selector }) => selector).join(CONCATENATION);
    const requires = decoded.map((part) => part.requires);
    if (dreg === NFT_REG_VERDICT) {
      this.#rule.emit({ vmap: { left: left as Selector, set } }, requires);
      return;
    }
    const right = anonymous === undefined ? undefined : fold(anonymous, decoded, this.#interfaces);
    if (right !== undefined) this.folded.add(key);
    this.#emitMatch(left, { op: (flags & NFT_LOOKUP_F_INV) === 0 ? '==' : '!=', right: right ?? { set } }, requires);
  }

  /** Records that registers hold the value from a map, each part of a concatenation in registers of its own. */
  #putMapValue(
    i: number,
    dreg: number,
    loadedBy: readonly number[],
    map: string,
    key: readonly LoadedSelector[],
  ): void {
    const types = key.length === 0 ? undefined : this.#context.sets?.[map]?.value;
    if (types === undefined) {
      this.#rule.put(i, dreg, { loadedBy });
      return;
    }
    const lookup = { map, by: key.map(({ selector }) => selector).join(CONCATENATION) as Selector };
    const requires = key.map((part) => part.requires);
    this.#rule.pending.push(i);
    let slot = slotOfRegister(dreg);
    types.forEach((name, part) => {
      this.#rule.slots.set(slot, { loadedBy, mapValue: { lookup, types, part, requires } });
      slot += slotsOf(dataType(name).size);
    });
  }

  #element(i: number): void {
    const data = dataOf(this.#expressions[i]!, 'dynset');
    const set = this.#context.sets?.[data.setName ?? ''];
    const key = this.#rule.loadsOf(data.sregKey, set?.key.length);
    const value = data.sregData === undefined ? [] : this.#rule.loadsOf(data.sregData, set?.value?.length);
    const loads = [...key, ...value];
    const parts = loads.map((loaded) => this.#rule.exactSelectorOf(loaded));
    const complete = set !== undefined && key.length === set.key.length && value.length === (set.value?.length ?? 0);
    const element = complete
      ? decodeElement(data, joined(parts.slice(0, key.length)), joined(parts.slice(key.length)))
      : undefined;
    if (element === undefined) {
      this.#rule.raw(i, ...loads);
      return;
    }
    for (const { loadedBy } of loads) this.#rule.use(loadedBy);
    this.#rule.emit(
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
    const loaded = this.#rule.at(sreg);
    const field = rawFieldOf(base, offset, len);
    const withoutChecksum = csumType === 0 && csumOffset === 0 && csumFlags === 0 && Object.keys(rest).length === 0;
    if (field === undefined || !withoutChecksum || loaded?.constant?.length !== len) {
      this.#rule.raw(i, loaded);
      return;
    }
    this.#rule.use(loaded.loadedBy);
    this.#rule.emit({ write: { to: field, value: `0x${Buffer.from(loaded.constant).toString('hex')}` } }, []);
  }

  #setMark(i: number, key: 'meta mark' | 'ct mark' | undefined, sreg: number | undefined): void {
    const loaded = this.#rule.at(sreg);
    if (key === undefined || loaded?.constant?.length !== 4) {
      this.#rule.raw(i, loaded);
      return;
    }
    this.#rule.use(loaded.loadedBy);
    this.#rule.emit({ set: { key, value: bytesToNumber(registerOrder(dataType('mark'), loaded.constant)) } }, []);
  }

  #setTrace(i: number, sreg: number | undefined): void {
    const loaded = this.#rule.at(sreg);
    if (loaded?.constant?.length !== 1) {
      this.#rule.raw(i, loaded);
      return;
    }
    this.#rule.use(loaded.loadedBy);
    this.#rule.emit({ set: { key: 'meta nftrace', value: loaded.constant[0]! } }, []);
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
      register === undefined ? [] : [this.#rule.at(register)],
    );
    const statement = decode(
      (register) =>
        this.#rule.at(register)?.constant ?? this.#rule.at(register)?.mapValue ?? this.#rule.packet(register),
    );
    if (statement === undefined) {
      this.#rule.raw(i, ...used);
      return;
    }
    for (const loaded of used) this.#rule.use(loaded?.loadedBy ?? []);
    this.#rule.emit(statement, this.#rule.at(addresses[0])?.mapValue?.requires ?? []);
  }
}

/** Returns the concatenation of selectors, or undefined when one of them is. */
const joined = (parts: readonly (LoadedSelector | undefined)[]): string | undefined =>
  parts.length > 0 && parts.every((part) => part !== undefined)
    ? parts.map((part) => part.selector).join(CONCATENATION)
    : undefined;

/** ARPHRD_ETHER of linux/if_arp.h. */
const ETHERNET = hostOrder(numberToBytes(1, 2));

/** True if a register holds a value as an expression loaded it, without mask or byte swap. */
const isUnchanged = (loaded: RegisterLoad | undefined): loaded is RegisterLoad =>
  loaded?.source !== undefined && loaded.mask === undefined && loaded.swapped !== true;

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
