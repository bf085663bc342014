import { KINDS, withInitial, type KindOptions } from '../../kinds/index.ts';
import { CapabilityError } from '../../base/index.ts';
import { encodeText } from '../../wire/index.ts';
import { libc, O_CLOEXEC, O_RDWR, SyscallError } from '../../ffi/index.ts';
import type { CreateLink } from '../../plan/index.ts';
import { getLink, IFF_UP, linkMessage, RTM_NEWLINK, type LinkRequest } from '../../rtnetlink/index.ts';
import type { Codec } from '../../wire/index.ts';
import { inNamespace } from '../describe.ts';
import type { Draft } from '../draft.ts';
import type { Kernel } from '../kernel.ts';

const DEVICE = '/dev/net/tun';

/** ioctl requests and flags of linux/if_tun.h. */
const TUNSETIFF = 0x4004_54ca;
const TUNSETPERSIST = 0x4004_54cb;
const TUNSETOWNER = 0x4004_54cc;
const TUNSETGROUP = 0x4004_54ce;
const IFF_TUN = 0x0001;
const IFF_TAP = 0x0002;
const IFF_MULTI_QUEUE = 0x0100;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const IFF_TUN_EXCL = 0x8000;

/** struct ifreq of linux/if.h: its size, and the offset of ifr_flags, in bytes. */
const IFREQ_SIZE = 40;
const IFREQ_FLAGS = 16;

const linkRequest = linkMessage as Codec<LinkRequest>;

/**
 * Creates a tun or tap link through /dev/net/tun, which must be opened in the namespace. The link is made persistent
 * last: until then, the kernel deletes it when the descriptor is closed, so that a killed process leaves nothing
 * behind.
 */
export function createTun(kernel: Kernel, op: CreateLink): void {
  const { link, name } = op;
  const options = withInitial(KINDS.tun.options, link.options ?? {}) as KindOptions<'tun'>;
  const namespace = kernel.enter(op.namespace);
  const master = link.master === undefined ? undefined : kernel.index(namespace, link.master);
  const fd = open();
  try {
    kernel.leaveIndex(namespace, name);
    libc.ioctlFrom(fd, TUNSETIFF, ifreq(name, flagsOf(options)));
    if (options.owner !== undefined) libc.ioctl(fd, TUNSETOWNER, options.owner);
    if (options.group !== undefined) libc.ioctl(fd, TUNSETGROUP, options.group);
    const { index, mtu } = getLink(namespace.route, name);
    namespace.indexes.set(name, index);
    const request: Draft<LinkRequest> = { index };
    if (link.mac !== undefined) request.address = link.mac;
    if (link.mtu !== mtu) request.mtu = link.mtu;
    if (link.group !== undefined) request.group = link.group;
    if (master !== undefined) request.master = master;
    if (link.up) {
      request.flags = IFF_UP;
      request.change = IFF_UP;
    }
    const action = (): string => `create ${link.kind} link "${name}" ${inNamespace(op.namespace)}`;
    kernel.batch(namespace).add(RTM_NEWLINK, 0, linkRequest, request, action);
    kernel.flush();
    libc.ioctl(fd, TUNSETPERSIST, 1);
  } finally {
    libc.close(fd);
  }
}

function open(): number {
  try {
    return libc.open(DEVICE, O_RDWR | O_CLOEXEC);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new CapabilityError(
      `tun and tap links need ${DEVICE}, which cannot be opened`,
      'run "netwright doctor" for the reason',
      {
        cause: error,
      },
    );
  }
}

const flagsOf = ({ type, pi, vnetHdr, multiQueue }: KindOptions<'tun'>): number =>
  (type === 'tap' ? IFF_TAP : IFF_TUN) |
  IFF_TUN_EXCL |
  (pi === true ? 0 : IFF_NO_PI) |
  (vnetHdr === true ? IFF_VNET_HDR : 0) |
  (multiQueue === true ? IFF_MULTI_QUEUE : 0);

function ifreq(name: string, flags: number): Uint8Array {
  const request = new Uint8Array(IFREQ_SIZE);
  request.set(encodeText(name));
  new Uint16Array(request.buffer, IFREQ_FLAGS, 1)[0] = flags;
  return request;
}
