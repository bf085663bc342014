import { addressOf, ipToBytes, type Cidr } from '../addr/index.ts';
import { match, oneOf, rule, type NftRuleState, type Statement } from '../state/index.ts';
import type { Nat } from './model.ts';

/*
 * RFC 6296: the first half of an address is replaced, and so is that of the address in the packet that an ICMPv6 error is
 * about. No checksum changes.
 */

/** What is sent to an outside prefix goes to the inside one. */
export function prefixIn({ policy, inside: sides, outside: side, prefixes }: Nat): NftRuleState[] {
  const from = match('iifname', '==', oneOf(policy.hairpin ? [...sides, side].toSorted() : [side]));
  const marked: Statement[] = policy.hairpin ? [{ set: { key: 'meta mark', value: TURNED } }] : [];
  return [...prefixes].flatMap(([inside, outside]) => [
    rule('prefix', from, match('ip6 daddr', '==', outside), ...marked, write('@nh,192,64', inside)),
    rule('prefix, in errors', from, isIcmpError, match('@th,128,64', '==', half(outside)), write('@th,128,64', inside)),
  ]);
}

/** What leaves from an inside prefix leaves from the outside one. */
export function prefixOut({ policy, inside: sides, outside: side, prefixes }: Nat): NftRuleState[] {
  const toOutside = match('oifname', '==', side);
  const toInside = match('oifname', '==', oneOf(sides.toSorted()));
  // As RFC 6296 asks: who is inside is reached from inside as from outside, and sees addresses as from there.
  const ways = [[toOutside], ...(policy.hairpin ? [[isTurned, toInside]] : [])];
  return ways.flatMap((way) =>
    [...prefixes].flatMap(([inside, outside]) => [
      rule('prefix', ...way, match('ip6 saddr', '==', inside), write('@nh,64,64', outside)),
      rule(
        'prefix, in errors',
        ...way,
        isIcmpError,
        match('@th,256,64', '==', half(inside)),
        write('@th,256,64', outside),
      ),
    ]),
  );
}

/** What packets that were sent to an outside prefix are marked with between two chains. */
const TURNED = 28_279;
const isTurned = match('meta mark', '==', TURNED);

const isIcmpError = match('icmpv6 type', '==', {
  anyOf: ['destination-unreachable', 'packet-too-big', 'time-exceeded', 'parameter-problem'],
});

/** The first 64 bits of a prefix. */
const half = (prefix: Cidr): string => `0x${Buffer.from(ipToBytes(addressOf(prefix)).subarray(0, 8)).toString('hex')}`;

const write = (to: Extract<Statement, { write: unknown }>['write']['to'], prefix: Cidr): Statement => ({
  write: { to, value: half(prefix) },
});
