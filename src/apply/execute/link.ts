import {
  encodeOptions,
  kindOf,
  creatableKind,
  type AnyKind,
  type AnyOptions,
  type KindName,
} from '../../kinds/index.ts';
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

/** A request contains any subset of a link's attributes. */
const linkRequest = linkMessage as Codec<LinkRequest>;

/**
 * Creating one queue for each direction takes a third less time than one for each processor, and a veth benefits from
 * more only if flows are distributed to them.
 */
const QUEUES = 1;

function createLink(kernel: Kernel, op: CreateLink): void {
  const kind = creatableKind(op.link);
  if (kind.madeBy === 'tun device') createTun(kernel, op);
  else createByMessage(kernel, op, kind);
}

function createByMessage(kernel: Kernel, op: CreateLink, kind: AnyKind): void {
  const namespace = kernel.namespace(op.namespace);
  const { link } = op;
  // The message is sent in the namespace of the lower link, since its index is valid only there.
  const sender = link.lower?.namespace === undefined ? namespace : kernel.namespace(link.lower.namespace);
  if (op.peer !== undefined && (op.namespace === HOST || op.peer.namespace === HOST)) assignHostNsid(kernel);
  // Indexes are looked up first, since a look-up flushes the batch.
  const master = link.master === undefined ? undefined : kernel.index(namespace, link.master);
  const lower = link.lower === undefined ? undefined : kernel.index(sender, link.lower.name);
  const index = kernel.assignIndex(namespace, op.name);
  const info =
    op.peer === undefined ? linkInfo(kind, link, lower) : pairInfo(kernel, kind, op.peer, index !== undefined);
  const action = () => `create ${link.kind} link "${op.name}" ${inNamespace(op.namespace)}`;
  const mtuAfterwards = kind.mtuFollowsPorts === true && link.mtu !== kind.mtu;
  const batch = kernel.batch(sender);
  const request = newLink(op.name, link, mtuAfterwards ? undefined : kind.mtu);
  if (mtuAfterwards) delete request.mtu;
  if (index !== undefined) request.index = index;
  if (link.up) {
    request.flags = IFF_UP;
    request.change = IFF_UP;
  }
  if (lower !== undefined && kind.lower?.in === 'IFLA_LINK') request.link = lower;
  if (master !== undefined) request.master = master;
  if (sender !== namespace) request.netNsFd = namespace.fd;
  request.linkInfo = info;
  add(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, request, action);
  if (kind.firstUp !== undefined && !link.up && link.options === undefined)
    namespace.newLinks.set(op.name, kind.firstUp);
  if (mtuAfterwards) {
    const created = kernel.index(namespace, op.name);
    add(kernel.batch(namespace), RTM_NEWLINK, 0, { index: created, mtu: link.mtu }, action);
  }
}

/**
 * The attributes of a new link, or of a new peer.
 * @param defaultMtu the default of its kind: an equal MTU is omitted
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
  const namespace = kernel.namespace(peer.namespace);
  // The kernel accepts an index for the peer only together with one for the first end.
  const index = assigned ? kernel.assignIndex(namespace, peer.name) : kernel.leaveIndex(namespace, peer.name);
  const request = newLink(peer.name, peer.link, kind.mtu);
  if (index !== undefined) request.index = index;
  request.netNsFd = namespace.fd;
  return { kind: kind.name, data: { peer: request } } as LinkInfo;
}

function changeLink(kernel: Kernel, op: ChangeLink): void {
  const { change } = op;
  const namespace = kernel.namespace(op.namespace);
  const index = kernel.index(namespace, op.name);
  const master =
    change.master === undefined ? undefined : change.master === '' ? 0 : kernel.index(namespace, change.master);
  const batch = kernel.batch(namespace);
  const action = () => `change link "${op.name}" ${inNamespace(op.namespace)}`;

  // In a separate message before IFF_UP: within one message, the kernel processes IFLA_AF_SPEC last, but the settings
  // must precede the link coming up.
  const afSpec = addressFamilies(op);
  if (afSpec !== undefined) add(batch, RTM_NEWLINK, 0, { index, afSpec }, action);
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
    // Both messages must be in one send: if this process were killed in between, the options would stay wrong.
    batch.keepTogether(2);
    request.linkInfo = infoOf(op.kind, firstUp.before);
  }
  for (const _ in request) {
    request.index = index;
    add(batch, RTM_NEWLINK, 0, request, action);
    break;
  }
  if (firstUp !== undefined) add(batch, RTM_NEWLINK, 0, { index, linkInfo: infoOf(op.kind, firstUp.after) }, action);
  // The kernel accepts port settings only after the link has become a port.
  if (change.port !== undefined && op.masterKind !== undefined) {
    const port = { slaveKind: op.masterKind, slaveData: change.port } as LinkInfo;
    add(batch, RTM_NEWLINK, 0, { index, linkInfo: port }, action);
  }
  if (change.deleteAltNames !== undefined)
    add(batch, RTM_DELLINKPROP, 0, { index, propList: [...change.deleteAltNames] }, action);
  if (change.addAltNames !== undefined)
    add(batch, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, { index, propList: [...change.addAltNames] }, action);
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
  // It can disappear at any moment with its peer, since the kernel destroys deleted namespaces asynchronously.
  const harmless = kernel.acceptMissing(op, 'ENODEV');
  const action = () => `delete link "${op.name}" ${inNamespace(op.namespace)}`;
  kernel.batch(namespace).add(RTM_DELLINK, 0, linkRequest, { index }, action, harmless);
  namespace.indexes.delete(op.name);
}

function add(batch: Batch, type: number, flags: number, value: LinkRequest, action: () => string): void {
  batch.add(type, flags, linkRequest, value, action);
}
