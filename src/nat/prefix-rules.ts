import { addressOf, ipToBytes, type Cidr } from '../addr/index.ts';
import { match, oneOf, rule, type NftRuleState, type Statement } from '../state/index.ts';
import type { Nat } from './model.ts';

/*
 * RFC 6296: the first 64 bits of an address are replaced, also in the packet that an ICMPv6 error quotes. No checksum
 * changes.
 */

/** Replaces outside destination prefixes by inside ones. */
export function prefixIn({ policy, inside: insideLinks, outside: outsideLink, prefixes }: Nat): NftRuleState[] {
  const from = match('iifname', '==', oneOf(policy.hairpin ? [...insideLinks, outsideLink].toSorted() : [outsideLink]));
  const marked: Statement[] = policy.hairpin ? [{ set: { key: 'meta mark', value: HAIRPIN_MARK } }] : [];
  return [...prefixes].flatMap(([inside, outside]) => [
    rule('prefix', from, match('ip6 daddr', '==', outside), ...marked, write('@nh,192,64', inside)),
    rule(
      'prefix, in errors',
      from,
      isIcmpError,
      match('@th,128,64', '==', prefixBits(outside)),
      write('@th,128,64', inside),
    ),
  ]);
}

/** Replaces inside source prefixes by outside ones. */
export function prefixOut({ policy, inside: insideLinks, outside: outsideLink, prefixes }: Nat): NftRuleState[] {
  const toOutside = match('oifname', '==', outsideLink);
  const toInside = match('oifname', '==', oneOf(insideLinks.toSorted()));
  // RFC 6296, hairpinning: a packet from inside to an outside prefix has its source translated, too.
  const paths = [[toOutside], ...(policy.hairpin ? [[isHairpin, toInside]] : [])];
  return paths.flatMap((path) =>
    [...prefixes].flatMap(([inside, outside]) => [
      rule('prefix', ...path, match('ip6 saddr', '==', inside), write('@nh,64,64', outside)),
      rule(
        'prefix, in errors',
        ...path,
        isIcmpError,
        match('@th,256,64', '==', prefixBits(inside)),
        write('@th,256,64', outside),
      ),
    ]),
  );
}

/** The mark, between the two chains, of packets that were sent to an outside prefix. */
const HAIRPIN_MARK = 28_279;
const isHairpin = match('meta mark', '==', HAIRPIN_MARK);

const isIcmpError = match('icmpv6 type', '==', {
  anyOf: ['destination-unreachable', 'packet-too-big', 'time-exceeded', 'parameter-problem'],
});

/** The first 64 bits of a prefix, in hexadecimal. */
const prefixBits = (prefix: Cidr): string =>
  `0x${Buffer.from(ipToBytes(addressOf(prefix)).subarray(0, 8)).toString('hex')}`;

const write = (to: Extract<Statement, { write: unknown }>['write']['to'], prefix: Cidr): Statement => ({
  write: { to, value: prefixBits(prefix) },
});
