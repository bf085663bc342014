import type { Codec } from '../../wire/index.ts';
import { NLM_F_CREATE, NLM_F_EXCL, type Batch } from '../../netlink/index.ts';
import type { ChangeLink, CreateLink, DeleteLink, LinkOperation } from '../../plan/index.ts';
import {
  IFF_UP,
  linkMessage,
  RTM_DELLINK,
  RTM_DELLINKPROP,
  RTM_NEWLINK,
  RTM_NEWLINKPROP,
  type InetConf as InetConfRequest,
  type LinkInfo,
  type LinkRequest,
} from '../../rtnetlink/index.ts';
import { HOST, type LinkState } from '../../state/index.ts';
import { inNamespace } from '../describe.ts';
import type { Draft } from '../draft.ts';
import { numberHost } from '../host-number.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const linkExecutors: Executors<LinkOperation> = {
  'create-link': createLink,
  'change-link': changeLink,
  'delete-link': deleteLink,
};

/** What is asked for may be any part of a link. */
const linkRequest = linkMessage as Codec<LinkRequest>;

/** The MTU of a new Ethernet-like link, which need not be said. */
const DEFAULT_MTU = 1500;

/**
 * One queue each way costs a third less to make than one for each processor, and a veth gains nothing by more unless
 * its owner steers flows to them.
 */
const QUEUES = 1;

function createLink(kernel: Kernel, op: CreateLink): void {
  const namespace = kernel.namespace(op.namespace);
  const { link } = op;
  if (op.peer !== undefined && (op.namespace === HOST || op.peer.namespace === HOST)) numberHost(kernel);
  // Looked up first: a look-up must not come between a batch and its message.
  const master = link.master === undefined ? undefined : kernel.index(namespace, link.master);
  const index = kernel.assignIndex(namespace, op.name);
  const info = linkInfo(kernel, op, index !== undefined);
  const what = () => `create ${link.kind} link "${op.name}" ${inNamespace(op.namespace)}`;
  // A bridge that was made with an MTU follows its ports' all the same; one that was given it keeps it.
  const later = link.kind === 'bridge' && link.mtu !== DEFAULT_MTU;
  const batch = kernel.batch(namespace);
  const request = newLink(op.name, link, later ? DEFAULT_MTU : link.mtu);
  if (index !== undefined) request.index = index;
  if (link.up) {
    request.flags = IFF_UP;
    request.change = IFF_UP;
  }
  if (master !== undefined) request.master = master;
  request.linkInfo = info;
  add(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, request, what);
  if (link.kind === 'bridge' && !link.up && link.options === undefined) namespace.newBridges.add(op.name);
  if (later) {
    const made = kernel.index(namespace, op.name);
    add(kernel.batch(namespace), RTM_NEWLINK, 0, { index: made, mtu: link.mtu }, what);
  }
}

/** What a new link is made with, at either end. */
function newLink(name: string, { mac }: LinkState, mtu: number): Draft<LinkRequest> {
  const request: Draft<LinkRequest> = { name };
  if (mac !== undefined) request.address = mac;
  if (mtu !== DEFAULT_MTU) request.mtu = mtu;
  request.numTxQueues = QUEUES;
  request.numRxQueues = QUEUES;
  return request;
}

function linkInfo(kernel: Kernel, { link, peer }: CreateLink, assigned: boolean): LinkInfo {
  if (peer === undefined)
    return { kind: link.kind, ...(link.options === undefined ? {} : { data: link.options }) } as LinkInfo;
  const there = kernel.namespace(peer.namespace);
  // The kernel takes an index for the other end only together with one for this.
  const index = assigned ? kernel.assignIndex(there, peer.name) : kernel.leaveIndex(there, peer.name);
  const request = newLink(peer.name, peer.link, peer.link.mtu);
  if (index !== undefined) request.index = index;
  request.netNsFd = there.fd;
  return { kind: 'veth', data: { peer: request } };
}

function changeLink(kernel: Kernel, op: ChangeLink): void {
  const { change } = op;
  const namespace = kernel.namespace(op.namespace);
  const index = kernel.index(namespace, op.name);
  const master =
    change.master === undefined ? undefined : change.master === '' ? 0 : kernel.index(namespace, change.master);
  const batch = kernel.batch(namespace);
  const what = () => `change link "${op.name}" ${inNamespace(op.namespace)}`;

  // What IPv6 does when the link comes up is decided by then, and the kernel reads this part of a message last.
  const afSpec = addressFamilies(op);
  if (afSpec !== undefined) add(batch, RTM_NEWLINK, 0, { index, afSpec }, what);
  const request: Draft<LinkRequest> = {};
  if (change.up !== undefined) {
    request.flags = change.up ? IFF_UP : 0;
    request.change = IFF_UP;
  }
  if (change.mtu !== undefined) request.mtu = change.mtu;
  if (change.mac !== undefined) request.address = change.mac;
  if (master !== undefined) request.master = master;
  if (change.options !== undefined) request.linkInfo = { kind: op.kind, data: change.options } as LinkInfo;
  const comesUp = change.up === true && change.options === undefined && namespace.newBridges.delete(op.name);
  if (comesUp) {
    // Nothing would mend it if this process were killed in between.
    batch.keepTogether(2);
    request.linkInfo = snooping(false);
  }
  for (const _ in request) {
    request.index = index;
    add(batch, RTM_NEWLINK, 0, request, what);
    break;
  }
  if (comesUp) add(batch, RTM_NEWLINK, 0, { index, linkInfo: snooping(true) }, what);
  // Settings of a port can only be made on a port: after it has become one.
  if (change.port !== undefined) {
    add(batch, RTM_NEWLINK, 0, { index, linkInfo: { slaveKind: 'bridge', slaveData: change.port } as LinkInfo }, what);
  }
  if (change.deleteAltNames !== undefined)
    add(batch, RTM_DELLINKPROP, 0, { index, propList: [...change.deleteAltNames] }, what);
  if (change.addAltNames !== undefined)
    add(batch, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, { index, propList: [...change.addAltNames] }, what);
}

/**
 * As a bridge comes up the kernel goes through all its ports for each of them, and would start anew what snoops on each:
 * a thousand ports take 180 ms so, and 20 where snooping begins when the bridge is up, which takes it once a port.
 */
const snooping = (multicastSnooping: boolean): LinkInfo => ({ kind: 'bridge', data: { multicastSnooping } });

function addressFamilies({ change: { inet, addrGenMode } }: ChangeLink): LinkRequest['afSpec'] {
  if (inet === undefined && addrGenMode === undefined) return undefined;
  const afSpec: Draft<NonNullable<LinkRequest['afSpec']>> = {};
  if (inet !== undefined) {
    const { forwarding, rpFilter, acceptRedirects } = inet;
    const conf: Draft<InetConfRequest> = { forwarding: forwarding ? 1 : 0, rpFilter };
    if (acceptRedirects !== undefined) conf.acceptRedirects = acceptRedirects ? 1 : 0;
    afSpec.inet = { conf };
  }
  if (addrGenMode !== undefined) afSpec.inet6 = { addrGenMode };
  return afSpec;
}

function deleteLink(kernel: Kernel, op: DeleteLink): void {
  const namespace = kernel.namespace(op.namespace);
  const index = kernel.indexOfPresent(namespace, op.name);
  if (index === undefined) return;
  // It may go at any moment, with its other end: that of a namespace that was deleted is not gone at once.
  const harmless = kernel.unsureOf(op, 'ENODEV');
  const what = () => `delete link "${op.name}" ${inNamespace(op.namespace)}`;
  kernel.batch(namespace).add(RTM_DELLINK, 0, linkRequest, { index }, what, harmless);
  namespace.indexes.delete(op.name);
}

function add(batch: Batch, type: number, flags: number, value: LinkRequest, what: () => string): void {
  batch.add(type, flags, linkRequest, value, what);
}
