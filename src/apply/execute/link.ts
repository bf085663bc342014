import { encodeOptions, kindOf, kindOfMade, type AnyKind, type AnyOptions, type KindName } from '../../kinds/index.ts';
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
import { assignHostNsid } from '../host-nsid.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';
import { createTun } from './tun.ts';

export const linkExecutors: Executors<LinkOperation> = {
  'create-link': createLink,
  'change-link': changeLink,
  'delete-link': deleteLink,
};

/** What is asked for may be any part of a link. */
const linkRequest = linkMessage as Codec<LinkRequest>;

/**
 * One queue each way costs a third less to make than one for each processor, and a veth gains nothing by more unless
 * its owner steers flows to them.
 */
const QUEUES = 1;

function createLink(kernel: Kernel, op: CreateLink): void {
  const kind = kindOfMade(op.link);
  if (kind.madeBy === 'tun device') createTun(kernel, op);
  else createByMessage(kernel, op, kind);
}

function createByMessage(kernel: Kernel, op: CreateLink, kind: AnyKind): void {
  const namespace = kernel.namespace(op.namespace);
  const { link } = op;
  // Messages go to where the link below is, which is named there.
  const sender = link.lower?.namespace === undefined ? namespace : kernel.namespace(link.lower.namespace);
  if (op.peer !== undefined && (op.namespace === HOST || op.peer.namespace === HOST)) assignHostNsid(kernel);
  // Looked up first: a look-up must not come between a batch and its message.
  const master = link.master === undefined ? undefined : kernel.index(namespace, link.master);
  const lower = link.lower === undefined ? undefined : kernel.index(sender, link.lower.name);
  const index = kernel.assignIndex(namespace, op.name);
  const info =
    op.peer === undefined ? linkInfo(kind, link, lower) : pairInfo(kernel, kind, op.peer, index !== undefined);
  const what = () => `create ${link.kind} link "${op.name}" ${inNamespace(op.namespace)}`;
  const later = kind.mtuFollowsPorts === true && link.mtu !== kind.mtu;
  const batch = kernel.batch(sender);
  const request = newLink(op.name, link, later ? undefined : kind.mtu);
  if (later) delete request.mtu;
  if (index !== undefined) request.index = index;
  if (link.up) {
    request.flags = IFF_UP;
    request.change = IFF_UP;
  }
  if (lower !== undefined && kind.lower?.in === 'IFLA_LINK') request.link = lower;
  if (master !== undefined) request.master = master;
  if (sender !== namespace) request.netNsFd = namespace.fd;
  request.linkInfo = info;
  add(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, request, what);
  if (kind.firstUp !== undefined && !link.up && link.options === undefined)
    namespace.newLinks.set(op.name, kind.firstUp);
  if (later) {
    const made = kernel.index(namespace, op.name);
    add(kernel.batch(namespace), RTM_NEWLINK, 0, { index: made, mtu: link.mtu }, what);
  }
}

/**
 * What a new link is made with, at either end.
 * @param mtu the one that links of its kind have, which need not be said
 */
function newLink(name: string, { mac, mtu, group }: LinkState, defaultMtu: number | undefined): Draft<LinkRequest> {
  const request: Draft<LinkRequest> = { name };
  if (mac !== undefined) request.address = mac;
  if (mtu !== defaultMtu) request.mtu = mtu;
  if (group !== undefined) request.group = group;
  request.numTxQueues = QUEUES;
  request.numRxQueues = QUEUES;
  return request;
}

function linkInfo(kind: AnyKind, { options }: LinkState, lower: number | undefined): LinkInfo {
  const data = encodeOptions(kind, options, lower);
  for (const _ in data) return { kind: kind.name, data } as LinkInfo;
  return { kind: kind.name } as LinkInfo;
}

function pairInfo(kernel: Kernel, kind: AnyKind, peer: NonNullable<CreateLink['peer']>, assigned: boolean): LinkInfo {
  const there = kernel.namespace(peer.namespace);
  // The kernel takes an index for the other end only together with one for this.
  const index = assigned ? kernel.assignIndex(there, peer.name) : kernel.leaveIndex(there, peer.name);
  const request = newLink(peer.name, peer.link, kind.mtu);
  if (index !== undefined) request.index = index;
  request.netNsFd = there.fd;
  return { kind: kind.name, data: { peer: request } } as LinkInfo;
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
  if (change.group !== undefined) request.group = change.group;
  if (change.options !== undefined) request.linkInfo = infoOf(op.kind, change.options);
  const firstUp = change.up === true && change.options === undefined ? namespace.newLinks.get(op.name) : undefined;
  if (firstUp !== undefined) {
    namespace.newLinks.delete(op.name);
    // Nothing would mend it if this process were killed in between.
    batch.keepTogether(2);
    request.linkInfo = infoOf(op.kind, firstUp.before);
  }
  for (const _ in request) {
    request.index = index;
    add(batch, RTM_NEWLINK, 0, request, what);
    break;
  }
  if (firstUp !== undefined) add(batch, RTM_NEWLINK, 0, { index, linkInfo: infoOf(op.kind, firstUp.after) }, what);
  // Settings of a port can only be made on a port: after it has become one.
  if (change.port !== undefined && op.masterKind !== undefined) {
    const port = { slaveKind: op.masterKind, slaveData: change.port } as LinkInfo;
    add(batch, RTM_NEWLINK, 0, { index, linkInfo: port }, what);
  }
  if (change.deleteAltNames !== undefined)
    add(batch, RTM_DELLINKPROP, 0, { index, propList: [...change.deleteAltNames] }, what);
  if (change.addAltNames !== undefined)
    add(batch, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, { index, propList: [...change.addAltNames] }, what);
}

const infoOf = (kind: KindName, options: AnyOptions): LinkInfo =>
  ({ kind, data: encodeOptions(kindOf(kind), options) }) as LinkInfo;

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
