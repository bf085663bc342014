import {
  addressOf,
  cidr,
  contains,
  familyOf,
  networkOf,
  nthAddress,
  parseIp,
  parseNetwork,
  prefixLength,
  type Cidr,
  type Ip,
} from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { listOf, parseDuration, type Issues, type Path } from '../../format/index.ts';
import {
  DEFAULT_PRESET,
  ENDPOINT_DEPENDENT,
  LONGEST_PREFIX,
  parsePorts,
  PRESETS,
  translatedSubnet,
  type Nat,
  type NatPolicy,
} from '../../nat/index.ts';
import { DEFAULT_ROUTE } from '../families.ts';
import { UPLINK } from '../names.ts';
import type { ModelRoute } from '../route/index.ts';
import { addressIn, type ModelInterface, type Segment, type WiredNode } from '../wiring/index.ts';
import type { NatInput } from './schema.ts';

type LongForm = Exclude<NatInput, string>;

/** A node with its routes: the device of its default route is the default outside. */
export interface NatNode extends WiredNode {
  readonly routes: readonly ModelRoute[];
}

/** Resolves the key `nat` of a node. Absent keys are those of the preset; the default sides follow from the routes. */
export function resolveNat(
  node: NatNode,
  input: NatInput,
  segments: readonly Segment[],
  issues: Issues,
): Nat | undefined {
  const path = [...node.path, 'nat'];
  const form: LongForm = typeof input === 'string' ? { preset: input } : input;
  if (!node.forward) issues.add(path, `a node with "nat" forwards packets: "${node.name}" has "forward: false"`, 'key');
  const policy = policyOf(form, path, issues);
  const outside = outsideOf(node, form, path, issues);
  const inside = outside === undefined ? undefined : insideOf(node, form, outside, path, issues);
  if (outside === undefined || inside === undefined) return undefined;
  const end = node.interfaces.find(({ name }) => name === outside);
  const address = end === undefined ? undefined : addressIn(end, 4);
  if (end !== undefined && address === undefined)
    issues.add(path, `the outside of "${node.name}", ${outside}, has no IPv4 address to translate to`, 'key');
  const address6 = policy.ipv6 === 'masquerade' && end !== undefined ? addressIn(end, 6) : undefined;
  return {
    policy,
    inside,
    outside,
    address,
    ...(address6 !== undefined && { address6 }),
    oneToOne: oneToOneOf(form, end, address, path, issues),
    prefixes: prefixesOf(form, policy, segments, path, issues),
  };
}

function policyOf(form: LongForm, path: Path, issues: Issues): NatPolicy {
  const preset: NatPolicy = PRESETS[form.preset ?? DEFAULT_PRESET];
  const seconds = (key: 'udp-timeout' | 'tcp-timeout', fallback: number): number => {
    const text = form[key];
    if (text === undefined) return fallback;
    const value = parseDuration(text) / 1000;
    if (Number.isInteger(value) && value >= 1 && value <= MAX_TIMEOUT) return value;
    issues.add([...path, key], `invalid timeout ${text}: expected whole seconds, from 1s to ${MAX_TIMEOUT / 3600}h`);
    return fallback;
  };
  const mapping = form.mapping === ENDPOINT_DEPENDENT ? 'address-and-port-dependent' : form.mapping;
  return {
    mapping: mapping ?? preset.mapping,
    filtering: form.filtering ?? preset.filtering,
    hairpin: form.hairpin ?? preset.hairpin,
    ports: form.ports === undefined ? preset.ports : parsePorts(form.ports),
    portPreserving: form['port-preserving'] ?? preset.portPreserving,
    parity: form.parity ?? preset.parity,
    udpTimeout: seconds('udp-timeout', preset.udpTimeout),
    tcpTimeout: seconds('tcp-timeout', preset.tcpTimeout),
    ipv6: form.ipv6 ?? (form.prefix === undefined ? preset.ipv6 : 'nptv6'),
  };
}

/** A month, in seconds. */
const MAX_TIMEOUT = 30 * 24 * 3600;

/** The outside interface: `outside`, or the device of the default route. */
function outsideOf(node: NatNode, form: LongForm, path: Path, issues: Issues): string | undefined {
  if (form.outside !== undefined) return interfaceNamed(node, form.outside, [...path, 'outside'], issues);
  const device = defaultDevice(node);
  if (device === undefined)
    issues.add(path, `"${node.name}" has no default route that determines its outside: add "outside: NETWORK"`, 'key');
  return device;
}

/** The device of the IPv4 default route. */
function defaultDevice(node: NatNode): string | undefined {
  const own = node.routes.find(({ route }) => route.destination === DEFAULT_ROUTE[4] && route.table === undefined);
  if (own !== undefined) return own.route.device;
  if (node.internet) return UPLINK;
  return node.interfaces.find(
    (end) =>
      addressIn(end, 4) !== undefined &&
      end.segment.gatewayMember?.node !== node &&
      end.segment.gateways[4] !== undefined,
  )?.name;
}

const defaultInside = (node: NatNode, outside: string): string[] =>
  node.interfaces
    .filter(({ segment, name }) => segment.gatewayMember?.node === node && name !== outside)
    .map(({ name }) => name);

/** The inside and outside interfaces of a `nat` without these keys. */
export function defaultSides(
  node: NatNode,
): { readonly inside: readonly string[]; readonly outside: string } | undefined {
  const outside = defaultDevice(node);
  return outside === undefined ? undefined : { outside, inside: defaultInside(node, outside) };
}

function insideOf(
  node: NatNode,
  form: LongForm,
  outside: string,
  path: Path,
  issues: Issues,
): readonly string[] | undefined {
  if (form.inside === undefined) {
    const inside = defaultInside(node, outside);
    if (inside.length > 0) return inside;
    issues.add(
      path,
      `"${node.name}" is the gateway of no network that determines its inside: add "inside: NETWORK"`,
      'key',
    );
    return undefined;
  }
  const list = listOf(form.inside);
  const itemPath = (i: number): Path => [...path, 'inside', ...(typeof form.inside === 'string' ? [] : [i])];
  if (list.length === 0) issues.add([...path, 'inside'], '"inside" is empty: name at least one network');
  const names = list.map((text, i) => interfaceNamed(node, text, itemPath(i), issues));
  for (const [i, name] of names.entries())
    if (name === outside) issues.add(itemPath(i), `${list[i]} is already outside`);
    else if (name !== undefined && names.indexOf(name) < i) issues.add(itemPath(i), `${list[i]} is named twice`);
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** The interface on the network with that name, with that name itself, or cabled to the node with that name. */
function interfaceNamed(node: NatNode, text: string, path: Path, issues: Issues): string | undefined {
  const { interfaces, internet } = node;
  const found =
    interfaces.find(({ segment }) => segment.network === text) ??
    interfaces.find(({ name }) => name === text) ??
    interfaces.find(
      ({ segment }) =>
        segment.network === undefined && segment.members.some((end) => end.node.name === text && end.node !== node),
    );
  if (found !== undefined) return found.name;
  if (text === UPLINK && internet) return UPLINK;
  const names = interfaces.flatMap(({ segment, name }) => [
    ...(segment.network === undefined ? [] : [segment.network]),
    name,
  ]);
  const all = internet ? [...names, UPLINK] : names;
  issues.add(path, `"${node.name}" is not on a network "${text}", and has no such interface${didYouMean(text, all)}`);
  return undefined;
}

function oneToOneOf(
  form: LongForm,
  outside: ModelInterface | undefined,
  shared: Ip | undefined,
  path: Path,
  issues: Issues,
): ReadonlyMap<Ip, Ip> {
  const pairs = new Map<Ip, Ip>();
  const taken = new Map<Ip, string>();
  for (const [key, value] of Object.entries(form['one-to-one'] ?? {})) {
    const [from, to] = [parseIp(key), parseIp(value)];
    const keyPath = [...path, 'one-to-one', key];
    if (familyOf(from) !== 4 || familyOf(to) !== 4)
      issues.add(keyPath, 'one-to-one translates IPv4 addresses; use "prefix" for IPv6');
    else if (to === shared) issues.add(keyPath, `${to} is the shared outside address`);
    else if (taken.has(to)) issues.add(keyPath, `${to} is already mapped to ${taken.get(to)}`);
    else if (outside !== undefined && isUnanswered(outside, to))
      issues.add(
        keyPath,
        `${to} is on the network of ${outside.name}, but no node has it: add it to "${outside.node.name}" there as a second address`,
      );
    taken.set(to, key);
    pairs.set(from, to);
  }
  return pairs;
}

/** Whether an address is in a subnet of an interface, but not its own: then nothing replies to ARP requests for it. */
const isUnanswered = ({ addresses }: ModelInterface, ip: Ip): boolean =>
  addresses.some((address) => contains(address, ip)) && !addresses.some((address) => addressOf(address) === ip);

/** The largest subnet to translate. Each /64 in it has a rule of its own: a /56 has 256 of them. */
const SHORTEST_SUBNET = 56;

/** The inside /64 subnets of the topology, with the outside subnet that each is translated to. */
function prefixesOf(
  form: LongForm,
  policy: NatPolicy,
  segments: readonly Segment[],
  path: Path,
  issues: Issues,
): ReadonlyMap<Cidr, Cidr> {
  const translations = new Map<Cidr, Cidr>();
  if (policy.ipv6 === 'nptv6' && form.prefix === undefined)
    issues.add([...path, 'ipv6'], 'nptv6 needs "prefix", such as { "fd00::/48": "2001:db8::/48" }');
  if (form.prefix !== undefined && policy.ipv6 !== 'nptv6')
    issues.add([...path, 'prefix'], `prefixes are translated with "ipv6: nptv6", not "${policy.ipv6}"`, 'key');
  for (const [key, value] of Object.entries(form.prefix ?? {})) {
    const [inside, outside] = [parseNetwork(key), parseNetwork(value)];
    const keyPath = [...path, 'prefix', key];
    const fault = prefixFault(inside, outside);
    if (fault !== undefined) {
      issues.add(keyPath, fault);
      continue;
    }
    const subnets = segments.flatMap((segment) =>
      segment.subnets.filter((subnet) => contains(inside, addressOf(subnet.network))).map(({ network }) => network),
    );
    if (subnets.length === 0) issues.add(keyPath, `no network has a subnet in ${inside}`);
    const large = subnets.find((subnet) => prefixLength(subnet) < SHORTEST_SUBNET);
    if (large !== undefined) {
      issues.add(
        keyPath,
        `the subnet ${large} is too large: one that is translated has at least ${SHORTEST_SUBNET} bits`,
      );
      continue;
    }
    for (const subnet of subnets.flatMap(subnets64)) {
      const translated = translatedSubnet(subnet, inside, outside);
      if (translated === undefined) issues.add(keyPath, `${subnet} has no counterpart (RFC 6296, 3.4)`);
      else translations.set(subnet, translated);
    }
  }
  return new Map([...translations].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function prefixFault(inside: Cidr, outside: Cidr): string | undefined {
  if (familyOf(inside) !== 6 || familyOf(outside) !== 6) return 'only IPv6 prefixes can be translated';
  const [one, other] = [prefixLength(inside), prefixLength(outside)];
  if (one !== other) return `the prefixes ${inside} and ${outside} must have the same length`;
  if (one > LONGEST_PREFIX) return `the prefix length ${one} is too long: the maximum is ${LONGEST_PREFIX}`;
  return undefined;
}

/** The /64 subnets of a subnet, or the /64 that contains it. */
function subnets64(subnet: Cidr): Cidr[] {
  const length = prefixLength(subnet);
  if (length >= 64) return [networkOf(cidr(addressOf(subnet), 64))];
  return Array.from({ length: 2 ** (64 - length) }, (_, i) => cidr(nthAddress(subnet, BigInt(i) << 64n), 64));
}
