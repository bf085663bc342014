import { addressOf, cidr, deriveMac, type Cidr, type Family } from '../addr/index.ts';
import type { HOST as HostName, LinkState, NamespaceState, NftRuleState, TableState } from '../model/index.ts';
import { egressTable } from './egress.ts';
import { bridge, globalAddress, veth } from './links.ts';
import { DEFAULT_ROUTE, FAMILIES, type Model, type ModelNode, type Segment } from './model.ts';
import { accept, drop, forward, inetTable, masquerade, match, oneOf, postrouting, rule } from './nft.ts';
import type { UplinkGateways } from './routes.ts';
import { FreeAddresses, type Subnet } from './subnet.ts';
import { forwardingSysctls, NO_SOURCE_VALIDATION } from './sysctls.ts';
import {
  HOST_PORT,
  hostLinkMac,
  hostLinkName,
  hostTableComment,
  hostTableName,
  LAB_TABLE,
  UPLINK,
} from './uplink-names.ts';

/** The host's key in a NetworkState. */
export const HOST: typeof HostName = '';

const MTU = 1500;

/** A lab's way out: its addresses, in the uplink's subnets. */
export interface Uplink {
  readonly subnets: readonly Subnet[];
  /** The host's. */
  readonly host: readonly Cidr[];
  /** The lab's own namespace's. */
  readonly lab: readonly Cidr[];
  /** Those of each node with an uplink of its own. */
  readonly nodes: ReadonlyMap<ModelNode, readonly Cidr[]>;
  readonly gateways: UplinkGateways;
}

/** How many addresses an uplink needs: one for the host, one for the lab's own namespace and one for each node on it. */
export function uplinkSize({ nodes, networks }: Model): number {
  const own = nodes.filter(({ internet }) => internet).length;
  return own > 0 || networks.some(({ internet }) => internet) ? own + 2 : 0;
}

/** Gives out the addresses of an uplink; nothing when a subnet has too few. */
export function planUplink(model: Model, subnets: readonly Subnet[]): Uplink | undefined {
  const pools = subnets.map((subnet) => ({ subnet, free: new FreeAddresses(subnet, new Set()) }));
  let enough = true;
  const take = (): Cidr[] =>
    pools.flatMap(({ subnet, free }) => {
      const ip = free.take();
      enough &&= ip !== undefined;
      return ip === undefined ? [] : [cidr(ip, subnet.length)];
    });
  const host = take();
  const lab = take();
  const nodes = new Map(model.nodes.filter(({ internet }) => internet).map((node) => [node, take()] as const));
  if (!enough) return undefined;
  const gateways = Object.fromEntries(subnets.map(({ family }, i) => [family, addressOf(host[i]!)])) as UplinkGateways;
  return { subnets, host, lab, nodes, gateways };
}

/** Whether a network's packets of a family find a way out. */
export const hasWayOut = (uplink: Uplink | undefined, family: Family): boolean =>
  uplink?.gateways[family] !== undefined;

const SADDR = { 4: 'ip saddr', 6: 'ip6 saddr' } as const;

/** What a lab's uplink puts on the host. */
export function hostState(lab: string, uplink: Uplink, ipv6: boolean): NamespaceState {
  const link = hostLinkName(lab);
  const rules = uplink.subnets.map(({ family, network }) =>
    rule(`lab ${lab} to the outside`, match(SADDR[family], '==', network), match('oifname', '!=', link), masquerade),
  );
  return {
    links: {
      [link]: veth({
        mac: hostLinkMac(lab),
        mtu: MTU,
        ipv6,
        peer: { namespace: lab, name: HOST_PORT },
        addresses: uplink.host.map(globalAddress),
        inet: { forwarding: true, rpFilter: 0 },
      }),
    },
    routes: [],
    rules: [],
    neighbours: [],
    sysctls: forwardingSysctls(uplink.gateways[6] !== undefined),
    tables: inetTable(hostTableName(lab), { postrouting: postrouting(...rules) }, hostTableComment(lab)),
    files: {},
  };
}

/** What an uplink adds to the lab's own namespace. */
export function labUplink(
  model: Model,
  uplink: Uplink,
  ipv6: boolean,
  bridgeName: (network: Segment) => string,
): Pick<NamespaceState, 'links' | 'routes' | 'sysctls' | 'tables'> {
  const { lab } = model;
  const networks = model.networks.filter(({ internet }) => internet);
  const routed = networks.length > 0;
  const links: Record<string, LinkState> = {
    [UPLINK]: bridge({
      mac: deriveMac(lab, '', '', 'uplink'),
      mtu: MTU,
      ipv6,
      addresses: routed ? uplink.lab.map(globalAddress) : [],
      inet: { forwarding: routed, rpFilter: 0 },
    }),
    [HOST_PORT]: veth({
      mac: deriveMac(lab, '', '', 'port'),
      mtu: MTU,
      ipv6,
      peer: { namespace: HOST, name: hostLinkName(lab) },
      master: UPLINK,
    }),
  };
  if (!routed) return { links, routes: [], sysctls: {}, tables: {} };
  return {
    links,
    routes: defaultRoutes(uplink),
    sysctls: { ...forwardingSysctls(uplink.gateways[6] !== undefined), ...NO_SOURCE_VALIDATION },
    tables: { ...labTable(networks, uplink, bridgeName), ...egressTable(networks, bridgeName) },
  };
}

function labTable(
  networks: readonly Segment[],
  uplink: Uplink,
  bridgeName: (network: Segment) => string,
): Record<string, TableState> {
  const subnets = networks.flatMap((network) => network.subnets);
  const masquerades: NftRuleState[] = FAMILIES.flatMap((family) => {
    const sources = subnets.filter((subnet) => subnet.family === family).map(({ network }) => network);
    if (sources.length === 0 || !hasWayOut(uplink, family)) return [];
    return [
      rule(
        'networks with internet',
        match(SADDR[family], '==', oneOf(sources)),
        match('oifname', '==', UPLINK),
        masquerade,
      ),
    ];
  });
  return inetTable(LAB_TABLE, {
    postrouting: postrouting(...masquerades),
    forward: forward(
      rule('answers', match('ct state', '==', { anyOf: ['established', 'related'] }), accept),
      // Where br_netfilter is loaded, what stays on a bridge comes by here, too.
      rule('nothing comes in uninvited', match('iifname', '==', UPLINK), match('oifname', '!=', UPLINK), drop),
      ...networks.map((network) =>
        rule(
          `${network.network}: to the outside only`,
          match('iifname', '==', bridgeName(network)),
          match('oifname', '!=', oneOf([bridgeName(network), UPLINK])),
          drop,
        ),
      ),
    ),
  });
}

/** The nftables of a node with an uplink of its own. */
export const nodeUplinkTable = (): Record<string, TableState> =>
  inetTable(LAB_TABLE, {
    postrouting: postrouting(rule('out through the uplink', match('oifname', '==', UPLINK), masquerade)),
  });

const defaultRoutes = (uplink: Uplink): NamespaceState['routes'] =>
  uplink.subnets.map(({ family }) => ({
    type: 'unicast',
    destination: DEFAULT_ROUTE[family],
    gateway: uplink.gateways[family]!,
    device: UPLINK,
  }));
