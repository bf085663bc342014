import type { TopologyInput } from '../../src/library/index.ts';
import { PRESET_NAMES } from '../../src/nat/index.ts';
import { randomFirewall } from './firewalls.ts';
import type { Random } from '../fuzz/random.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type NetworkInput = Writable<NonNullable<NonNullable<TopologyInput['networks']>[string]>>;
type NodeInput = Writable<NonNullable<NonNullable<TopologyInput['nodes']>[string]>>;
type LinkInput = Writable<NonNullable<TopologyInput['links']>[number]>;
interface Attachment {
  address?: string[];
  mac?: string;
  interface?: string;
}

/**
 * A topology of which nobody has thought: up to four networks and eight nodes, and whatever the format has. Most are
 * right; the rest, where two choices clash, are for the compiler to refuse.
 */
export function randomTopology(random: Random, name: string): TopologyInput & { name: string } {
  return new Generator(random).topology(name);
}

const LONG = 'with-a-name-that-does-not-fit-where-the-kernel-keeps-names';

class Generator {
  readonly #random: Random;
  readonly #networks: Record<string, NetworkInput> = {};
  readonly #nodes: Record<string, NodeInput> = {};
  readonly #links: LinkInput[] = [];
  /** How many interfaces each node has so far. */
  readonly #interfaces = new Map<string, number>();
  #subnets = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  topology(name: string): TopologyInput & { name: string } {
    const r = this.#random;
    const networks = r.below(5);
    for (let i = 0; i < networks; i++)
      this.#networks[r.oneIn(4) ? `net${i}-${LONG}`.slice(0, 20 + r.below(40)) : `net${i}`] = this.#network();
    const nodes = 1 + r.below(8);
    for (let i = 0; i < nodes; i++) this.#node(r.oneIn(5) ? `n${i}-${LONG}`.slice(0, 12 + r.below(50)) : `n${i}`);
    const names = Object.keys(this.#nodes);
    for (let i = r.below(4); i > 0 && names.length > 1; i--) this.#link(names);
    for (const [network, value] of Object.entries(this.#networks)) {
      const members = names.filter((node) => network in (this.#nodes[node]!.networks ?? {}));
      if (value.internet !== true && value.subnet !== undefined && members.length > 0 && r.oneIn(2)) {
        value.gateway = r.pick(members);
        if (!r.oneIn(4)) this.#nodes[value.gateway]!.forward = true;
      }
    }
    for (const node of names) if (r.oneIn(4)) this.#nodes[node]!.firewall = randomFirewall(r, this.#peers(node));
    for (const [node, value] of Object.entries(this.#nodes)) if (r.oneIn(3)) this.#translate(node, value);
    for (const node of names) if (r.oneIn(8)) this.#nodes[node]!.hosts = this.#hosts('own');
    return {
      name,
      ...(networks === 0 ? {} : { networks: this.#networks }),
      nodes: this.#nodes,
      ...(this.#links.length === 0 ? {} : { links: this.#links }),
      ...(r.oneIn(3) && { hosts: this.#hosts('all') }),
    };
  }

  /** Names for addresses, and for nodes that have one. */
  #hosts(what: string): Record<string, string | string[]> {
    const r = this.#random;
    const reachable = Object.entries(this.#nodes).flatMap(([node, { networks }]) =>
      Object.keys(networks ?? {}).some((network) => this.#subnetsOf(network).length > 0) ? [node] : [],
    );
    const some = (): string => (reachable.length > 0 && r.oneIn(2) ? r.pick(reachable) : `198.51.100.${r.below(9)}`);
    return Object.fromEntries(
      Array.from({ length: 1 + r.below(3) }, (_, i) => [
        `h${i}.${what}.test`,
        r.oneIn(2) ? some() : [some(), `2001:db8::${i}`],
      ]),
    );
  }

  /** Makes a node a NAT, if it has two sides. */
  #translate(name: string, node: NodeInput): void {
    const r = this.#random;
    const gatewayOf = Object.keys(this.#networks).filter((network) => this.#networks[network]!.gateway === name);
    const joined = Object.keys(node.networks ?? {});
    if (joined.length < 2) return;
    const outside = r.pick(joined);
    const inside = joined.filter((network) => network !== outside);
    const explicit = node.internet !== true || gatewayOf.length === 0 || r.oneIn(2);
    const v6 = inside.flatMap((network) => this.#subnetsOf(network)).find((subnet) => subnet.includes(':'));
    const axes = {
      mapping: r.pick(['endpoint-independent', 'address-dependent', 'endpoint-dependent'] as const),
      filtering: r.pick(['endpoint-independent', 'address', 'address-and-port'] as const),
      hairpin: r.oneIn(2),
      ports: r.pick(['1024-65535', '2000-2999', '40000-40003', '7777']),
      'port-preserving': r.oneIn(2),
      parity: r.oneIn(2),
      'udp-timeout': r.pick(['30s', '5m', '2h']),
      'tcp-timeout': r.pick(['30s', '4m', '2h']),
    };
    const preset = r.pick(PRESET_NAMES);
    const more = {
      ...(explicit && { outside, inside: inside.length === 1 ? inside[0]! : inside }),
      ...(r.oneIn(4) && { 'one-to-one': { '10.99.0.200': '198.51.100.77', '10.99.0.7': '198.51.100.9' } }),
      ...(v6 !== undefined &&
        r.oneIn(2) && { prefix: { [`${v6.split('::')[0]!.split(':').slice(0, 2).join(':')}::/32`]: '2001:db8::/32' } }),
      ...(v6 === undefined && r.oneIn(3) && { ipv6: 'masquerade' as const }),
    };
    const nat: NodeInput['nat'] = r.oneIn(2)
      ? { ...axes, ...more }
      : Object.keys(more).length === 0
        ? preset
        : { preset, ...more };
    node.nat = nat;
    node.forward = true;
  }

  /** Whom a node's policy may name: networks with somebody on them, and prefixes. */
  #peers(node: string): string[] {
    const inhabited = Object.keys(this.#networks).filter(
      (network) => this.#networks[network]!.subnet !== undefined && network in (this.#nodes[node]!.networks ?? {}),
    );
    return [...inhabited, '10.0.0.0/8', '172.20.1.7', 'fd00::/8', '2001:db8::7'];
  }

  #network(): NetworkInput {
    const r = this.#random;
    const subnet = this.#subnet([24, 24, 16, 27, 28], [64, 64, 112]);
    const mtu = r.pick([
      undefined,
      undefined,
      1280,
      1400,
      9000,
      65_535,
      ...(subnet.some((text) => text.includes(':')) ? [] : [68, 576]),
    ]);
    return {
      ...(subnet.length === 0 ? {} : { subnet: subnet.length === 1 && r.oneIn(2) ? subnet[0]! : subnet }),
      ...(mtu === undefined ? {} : { mtu }),
      ...(subnet.length > 0 && r.oneIn(3) ? { internet: true, ...(r.oneIn(3) ? { egress: this.#egress() } : {}) } : {}),
    };
  }

  #egress(): string[] {
    const r = this.#random;
    const destinations = [
      '198.51.100.0/24',
      '198.51.100.7:443',
      // These touch, and are one row of addresses.
      '203.0.113.0/25:443',
      '203.0.113.128/25:443',
      '203.0.114.0/24:443',
      '198.51.101.0/24',
      '192.0.2.0/25:5000-5010/udp',
      '192.0.2.7/icmp',
      '192.0.2.7/tcp',
      '169.254.169.254:80',
      '0.0.0.0/0:53/udp',
      '[2001:db8::7]:443',
      '2001:db8:5::/48',
      '[2000::/3]:53/udp',
    ];
    return destinations.filter(() => r.oneIn(3));
  }

  /** Programs that stay, and may be started by a shell as well. */
  #run(): NonNullable<NodeInput['run']> {
    const r = this.#random;
    const sleeper = { command: `sleep ${1000 + r.below(1000)}`, env: { A: "it's $HOME" } };
    return r.oneIn(2) ? sleeper.command : { main: sleeper, other: { command: 'sleep 600', after: 'main' } };
  }

  /** None, one, or one of each family; no two of a topology overlap. */
  #subnet(lengths4: readonly number[], lengths6: readonly number[]): string[] {
    const r = this.#random;
    const kind = r.below(7);
    const n = ++this.#subnets;
    const subnets: string[] = [];
    if (kind <= 2 || kind === 5 || kind === 6) subnets.push(`${r.pick([10, 172])}.${16 + n}.0.0/${r.pick(lengths4)}`);
    if (kind === 3 || kind >= 5)
      subnets.push(`fd${(0x10 + n).toString(16)}:${r.below(0x1_0000).toString(16)}::/${r.pick(lengths6)}`);
    return subnets;
  }

  #node(name: string): void {
    const r = this.#random;
    const joined = Object.keys(this.#networks).filter(() => r.below(5) < 3);
    const networks: Record<string, Attachment | string | null> = {};
    for (const [i, network] of joined.entries()) networks[network] = this.#attachment(network, i);
    const node: NodeInput = {
      ...(joined.length === 0 ? {} : { networks }),
      ...(r.oneIn(3) ? { forward: true } : {}),
      ...(r.oneIn(7) ? { internet: true } : {}),
      ...(r.oneIn(6) ? { publish: this.#publish() } : {}),
      ...(r.oneIn(9) ? { run: this.#run() } : {}),
    };
    this.#interfaces.set(name, joined.length);
    this.#nodes[name] = node;
    const routes = joined
      .filter((network) => this.#networks[network]!.subnet !== undefined && r.oneIn(2))
      .map((network, i) => this.#route(network, i));
    if (r.oneIn(4))
      routes.push(
        `${r.pick(['blackhole', 'unreachable', 'prohibit'])} ${r.pick(['192.0.2.0/24', '192.0.2.1', '2001:db8:1::/48', '2001:db8::1'])}`,
      );
    if (routes.length > 0) node.routes = routes;
    if (r.oneIn(3)) node.sysctls = this.#sysctls();
  }

  /** Ports that no other node publishes. */
  #publish(): string[] {
    const r = this.#random;
    const first = 20_000 + 20 * Object.keys(this.#nodes).length;
    const forms = [
      `${first}:80`,
      `127.0.0.1:${first + 1}:53/udp`,
      `${first + 2}-${first + 5}:${first + 2}-${first + 5}/${r.pick(['tcp', 'udp', 'sctp'])}`,
      `0.0.0.0:${first + 6}:22`,
    ];
    return forms.filter(() => r.oneIn(2));
  }

  #attachment(network: string, i: number): Attachment | string | null {
    const r = this.#random;
    const addresses = this.#subnetsOf(network)
      .filter(() => r.oneIn(3))
      .flatMap((subnet) => [hostOf(subnet, 20 + r.below(6)), ...(r.oneIn(3) ? [hostOf(subnet, 30 + r.below(6))] : [])]);
    if (addresses.length === 1 && r.oneIn(3)) return addresses[0]!;
    const bare =
      this.#subnetsOf(network).length === 0 && r.oneIn(2)
        ? Array.from({ length: 1 + r.below(4) }, () =>
            r.oneIn(3)
              ? `fd78:${r.below(3)}::${1 + r.below(200)}/${r.pick([64, 64, 128])}`
              : `10.200.${r.below(3)}.${1 + r.below(200)}/${r.pick([24, 24, 30, 32])}`,
          )
        : [];
    const given: Attachment = {
      ...(addresses.length + bare.length === 0 ? {} : { address: [...addresses, ...bare] }),
      ...(r.oneIn(4)
        ? {
            mac: `02:00:5e:${[r.byte(), r.byte(), r.byte()].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
          }
        : {}),
      ...(r.oneIn(3) ? { interface: r.pick([`lan${i}`, `vlan.${i}`, `a-15-char-name${i}`, `x_${i}@y`]) } : {}),
    };
    return Object.keys(given).length === 0 ? null : given;
  }

  #subnetsOf(network: string): string[] {
    const { subnet } = this.#networks[network]!;
    return subnet === undefined ? [] : [subnet].flat();
  }

  /** A route through a gateway of a network that need not be there. */
  #route(network: string, i: number): string {
    const r = this.#random;
    const subnet = r.pick(this.#subnetsOf(network));
    const v6 = subnet.includes(':');
    const gateway = hostOf(subnet, 13);
    const destination = r.pick(
      v6
        ? [`2001:db8:${i}00::/40`, `2001:db8:ff::${i}`]
        : [`198.51.100.${i * 16}/28`, `203.0.113.${i}`, `198.51.100.${i * 64}/26`],
    );
    const more = `${r.oneIn(3) ? ` metric ${r.below(3000)}` : ''}${r.oneIn(4) ? ` mtu ${1280 + r.below(200)}` : ''}${r.oneIn(4) ? ` table ${r.pick([100, 252, 1000, 70_000])}` : ''}`;
    if (r.oneIn(3))
      return `${destination}${more} nexthop via ${gateway} weight ${1 + r.below(3)} nexthop via ${hostOf(subnet, 14)}`;
    return `${destination} via ${gateway}${more}`;
  }

  #sysctls(): Record<string, string | number> {
    const r = this.#random;
    const settings: [string, string | number][] = [
      ['net.ipv4.ip_default_ttl', 42],
      ['net.ipv4.conf.all.rp_filter', 2],
      ['net.ipv4.conf.default.rp_filter', 1],
      ['net.ipv4.ip_forward', r.below(2)],
      ['net.ipv4.ip_local_port_range', '20000 30000'],
      ['net.ipv6.conf.all.forwarding', r.below(2)],
      ['net.ipv4.conf.lo.rp_filter', 1],
      ['net.ipv6.conf.default.hop_limit', 33],
      ['net.core.somaxconn', 77],
      ['net.ipv4.ip_local_reserved_ports', '8080-8081,9000'],
      ['net.ipv4.conf.all.accept_redirects', 0],
      ['net.ipv4.conf.default.arp_announce', 1],
      ['net.ipv6.neigh.lo.retrans_time_ms', 700],
    ];
    return Object.fromEntries(settings.filter(() => r.oneIn(3)));
  }

  #link(names: readonly string[]): void {
    const r = this.#random;
    const a = r.pick(names);
    const b = r.pick(names.filter((name) => name !== a));
    const subnet = this.#subnet([24, 30, 31], [64, 126, 127]);
    const ends = [a, b].map((node) => {
      const n = this.#interfaces.get(node)!;
      this.#interfaces.set(node, n + 1);
      return r.oneIn(4) ? `${node}.to${n}.x` : node;
    });
    const addresses =
      subnet.length === 0 && r.oneIn(2)
        ? { [a]: `10.201.${this.#subnets}.1/24`, [b]: [`10.201.${this.#subnets}.2/24`, `fd77:${this.#subnets}::2/64`] }
        : undefined;
    this.#links.push({
      between: ends,
      ...(subnet.length === 0 ? {} : { subnet }),
      ...(addresses === undefined ? {} : { addresses }),
      ...(r.oneIn(4) ? { mtu: r.pick([1280, 1400, 9000]) } : {}),
    });
  }
}

/** The n-th address of a subnet, as text. */
function hostOf(subnet: string, n: number): string {
  const [network] = subnet.split('/') as [string];
  return network.includes(':') ? `${network}${n.toString(16)}` : network.replace(/\d+$/, String(n));
}

/** The same topology with something of it otherwise: as when its file is edited. */
export function mutated(of: TopologyInput & { name: string }, random: Random): TopologyInput & { name: string } {
  const copy = structuredClone(of) as Writable<TopologyInput & { name: string }>;
  const nodes = (copy.nodes ?? {}) as Record<string, NodeInput>;
  const networks = (copy.networks ?? {}) as Record<string, NetworkInput>;
  const changes: (() => void)[] = [
    () => void (nodes[`new${random.below(10)}`] = { networks: Object.keys(networks), internet: random.oneIn(3) }),
    () => void delete nodes[random.pick(Object.keys(nodes))],
    () => {
      for (const network of Object.values(networks)) network.mtu = 1300;
    },
    () => {
      for (const network of Object.values(networks))
        if (network.gateway === undefined && network.subnet !== undefined) network.internet = network.internet !== true;
    },
    () => void (networks['added'] = { subnet: ['10.99.0.0/24', 'fd99::/64'] }),
    () => {
      for (const node of Object.values(nodes)) node.forward = node.forward !== true;
    },
    () => {
      for (const node of Object.values(nodes)) node.firewall = { input: random.oneIn(2) ? 'allow' : 'reject' };
    },
    () => {
      for (const node of Object.values(nodes)) delete node.firewall;
    },
    () => {
      for (const node of Object.values(nodes)) delete node.routes;
    },
    () => {
      for (const node of Object.values(nodes)) delete node.sysctls;
    },
    () => {
      for (const node of Object.values(nodes)) {
        const [first, ...rest] = Object.entries(node.sysctls ?? {});
        node.sysctls = Object.fromEntries(first === undefined ? [['net.ipv4.conf.all.log_martians', 1]] : rest);
      }
    },
    () => {
      for (const [i, node] of Object.values(nodes).entries()) node.publish = i % 2 === 0 ? [`${21_000 + i}:80`] : [];
    },
    () => void (copy.links = (copy.links ?? []).slice(1)),
    () => void (copy.links = (copy.links ?? []).toReversed()),
    () => {
      // Nodes in another order: addresses and the order of networks change with it.
      copy.nodes = Object.fromEntries(Object.entries(nodes).toReversed());
    },
  ];
  for (let i = 1 + random.below(3); i > 0; i--) random.pick(changes)();
  copy.networks = networks;
  copy.nodes ??= nodes;
  return copy;
}
