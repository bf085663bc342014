// What must compile, and what must not. The compiler is the test: an expected error that does not come is one.
import { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import type { TestContext as NodeTestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { useLab, type VitestContext } from '../../src/testing/index.ts';
import { parseCidr, parseIp, type Cidr, type Ip, type Mac } from '../../src/addr/index.ts';
import { Lab, type Node, type TopologyInput } from '../../src/library/index.ts';
import { NetlinkSocket } from '../../src/netlink/index.ts';
import type { Operation } from '../../src/plan/index.ts';
import { getLinks, type LinkInfo, type LinkRequest } from '../../src/rtnetlink/index.ts';
import { attribute, attributes, cString, struct, u32, u8, type Infer } from '../../src/wire/index.ts';

// --- addresses: a text becomes one by being checked ----------------------------------------------------------------

export const ip: Ip = parseIp('10.0.0.1');
// @ts-expect-error: a text is not an address before it was read as one
export const unchecked: Ip = '10.0.0.1';
// @ts-expect-error: an address has no prefix length
export const noPrefix: Cidr = parseIp('10.0.0.1');
// @ts-expect-error: a MAC address is not an IP address
export const wrongKind: Ip = '02:00:00:00:00:01' as Mac;
export const text: string = parseCidr('10.0.0.0/8');

// --- topologies: the same value as the file, typed -----------------------------------------------------------------

export const topology: TopologyInput = {
  networks: { lan: { subnet: ['10.0.0.0/24', 'fd00::/64'], gateway: 'router' }, bare: null },
  nodes: {
    router: { networks: ['lan'], forward: true, run: 'sleep 9' },
    web: { networks: { lan: '10.0.0.9' }, run: { command: ['node', 's.js'], ready: { tcp: 80 }, restart: 'always' } },
    alone: { run: { a: 'x y', b: { command: 'z', env: { PORT: 80 } } } },
    home: { nat: { preset: 'cgnat', hairpin: false } },
  },
  links: [{ between: ['router', 'web.cable'], subnet: '10.1.0.0/30' }],
  expect: [{ from: 'web', to: 'router', icmp: true }],
};
// @ts-expect-error: a slip of the keyboard
export const misspelt: TopologyInput = { netwroks: {} };
// @ts-expect-error: whether it forwards is yes or no
export const wrongType: TopologyInput = { nodes: { a: { forward: 'yes' } } };

// @ts-expect-error: what is ready is told by one thing
export const readyTwice: TopologyInput = { nodes: { a: { run: { command: 'x', ready: { tcp: 1, http: '/' } } } } };
// @ts-expect-error: and by no less
export const readyNever: TopologyInput = { nodes: { a: { run: { command: 'x', ready: { timeout: '5s' } } } } };
export const readyOnce: TopologyInput = {
  nodes: { a: { run: { s: { command: 'x', ready: { http: { port: 1 }, timeout: '5s' } } } } },
};
// @ts-expect-error: an expectation is of one protocol
export const noProtocol: TopologyInput = { expect: [{ from: 'a', to: 'b' }] };
// @ts-expect-error: and of no more
export const twoProtocols: TopologyInput = { expect: [{ from: 'a', to: 'b', tcp: 1, udp: 1 }] };
// @ts-expect-error: the gateway is a node or the bridge
export const twoGateways: TopologyInput = { networks: { lan: { gateway: 'a', internet: true } } };
// @ts-expect-error: what does not go out has no list of where to
export const noWayOut: TopologyInput = { networks: { lan: { egress: [] } } };
export const switched: TopologyInput = { networks: { lan: { gateway: 'a', internet: false }, x: { internet: true } } };
// @ts-expect-error: rules have their own order, and lists have none
export const inTwoOrders: TopologyInput = { nodes: { fw: { firewall: { input: { rules: [], allow: [] } } } } };
export const named: TopologyInput = { hosts: { 'a.test': 'a', b: ['192.0.2.1'] }, nodes: { a: { hosts: { c: 'a' } } } };
export const setVariables = (): Promise<Lab> => Lab.up('lab.yaml', { set: { MTU: 1400, NAME: 'x', ON: true } });

// @ts-expect-error: there are three policies
export const badRestart: TopologyInput = { nodes: { a: { run: { command: 'x', restart: 'often' } } } };

// @ts-expect-error: no NAT is called that
export const noPreset: TopologyInput = { nodes: { a: { nat: 'cone' } } };

export const firewalled: TopologyInput = {
  nodes: {
    fw: { firewall: { input: { allow: ['established', { from: 'lan', tcp: [22, '80-90'] }] }, output: 'deny' } },
  },
};
// @ts-expect-error: what is denied has no limit
export const limited: TopologyInput = { nodes: { fw: { firewall: { input: { deny: [{ limit: '1/second' }] } } } } };
// @ts-expect-error: nftables' word for it is drop, the format's deny
export const dropped: TopologyInput = { nodes: { fw: { firewall: { input: 'drop' } } } };

export async function use(): Promise<number | null> {
  await using lab = await Lab.up(topology);
  const { status } = await lab.node('web').exec('true');
  return status;
}

export async function printed(lab: Lab): Promise<[string, Buffer]> {
  const text = await lab.node('web').exec('cat', ['file'], { encoding: 'latin1' });
  const bytes = await lab.node('web').exec('cat', ['file'], { encoding: 'buffer' });
  // @ts-expect-error: bytes are no text
  const wrong: string = bytes.stdout;
  return [text.stdout + wrong, bytes.stdout];
}

// @ts-expect-error: labs are brought up, not made
export const made = (): Lab => new Lab(topology);

// --- schemas: declared once, the types are inferred ----------------------------------------------------------------

const header = struct('header', { family: u8, index: u32 });
const set = attributes('set', { name: attribute(1, cString()), mtu: attribute(2, u32) });
export const value: Infer<typeof set> = { name: 'eth0', mtu: 1500 };
export const survives: Infer<typeof set> = { name: 'eth0', unknown57: new Uint8Array() };
// @ts-expect-error: an MTU is a number
export const badMtu: Infer<typeof set> = { mtu: '1500' };
// @ts-expect-error: the set has no such attribute
export const noSuch: Infer<typeof set> = { colour: 1 };
// @ts-expect-error: a struct has all its fields
export const half: Infer<typeof header> = { family: 2 };

// --- links: the kind says what the data is -------------------------------------------------------------------------

export const vlan: LinkInfo = { kind: 'vlan', data: { id: 5 } };
// @ts-expect-error: a VLAN has no STP state
export const notVlan: LinkInfo = { kind: 'vlan', data: { stpState: 1 } };
export function stpState(info: LinkInfo): number | undefined {
  if (info.kind === 'bridge' && info.data !== undefined && !(info.data instanceof Uint8Array))
    return info.data.stpState;
  return undefined;
}
// @ts-expect-error: queues are counted
export const queues: LinkRequest = { numTxQueues: true };

export function names(): (string | undefined)[] {
  using socket = NetlinkSocket.open(0);
  return getLinks(socket).map(({ name }) => name);
}

// --- operations: what each has follows from what it is -------------------------------------------------------------

export function subject(operation: Operation): string {
  // @ts-expect-error: not every operation is about one namespace
  const { namespace } = operation;
  if (operation.op === 'add-address') return `${operation.link} ${operation.address.address}`;
  // @ts-expect-error: a route is not an address
  if (operation.op === 'add-route') return String(operation.address);
  return String(namespace);
}

// --- in nodes, and labs for tests ----------------------------------------------------------------------------------

export async function inside(node: Node, tls: boolean): Promise<void> {
  const server: HttpServer = node.listen({ port: 80 }, new HttpServer());
  const plain: Socket = await node.connect({ host: 'web', port: 80 });
  // @ts-expect-error: it may not be one of TLS
  const secure: TLSSocket = await node.connect({ host: 'web', port: 443, tls });
  const response: Response = await node.fetch('http://web/');
  // @ts-expect-error: a port is a number
  node.udp({ port: '53' });
  await node.worker(new URL('file:///worker.js'), { workerData: { server, plain, secure, response } });
  // @ts-expect-error: a worker is a module, not its text
  await node.worker('1', { eval: true });
}

export async function test(node: NodeTestContext, vitest: VitestContext): Promise<Lab[]> {
  // @ts-expect-error: the name of a test is no test
  await useLab('name', topology);
  return [await useLab(node, topology), await useLab(vitest, 'shop.yaml', { capture: false })];
}
