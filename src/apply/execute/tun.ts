import { KINDS, withInitial, type KindOptions } from '../../kinds/index.ts';
import { CapabilityError } from '../../base/error.ts';
import { encodeText } from '../../wire/index.ts';
import { libc, O_CLOEXEC, O_RDWR, SyscallError } from '../../ffi/index.ts';
import type { CreateLink } from '../../plan/index.ts';
import { getLink, IFF_UP, linkMessage, RTM_NEWLINK, type LinkRequest } from '../../rtnetlink/index.ts';
import type { Codec } from '../../wire/index.ts';
import { inNamespace } from '../describe.ts';
import type { Draft } from '../draft.ts';
import type { Kernel } from '../kernel.ts';

const DEVICE = '/dev/net/tun';

/** ioctl on the device, and flags: linux/if_tun.h. */
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

/** struct ifreq of linux/if.h: its size, and where the flags are. */
const IFREQ_SIZE = 40;
const IFREQ_FLAGS = 16;

const linkRequest = linkMessage as Codec<LinkRequest>;

/**
 * Makes a tun or tap link, which takes a process that holds the device open in the namespace. Until it is told to stay it
 * goes with that process, so that nothing is left of one that was killed half-way.
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
    const what = (): string => `create ${link.kind} link "${name}" ${inNamespace(op.namespace)}`;
    kernel.batch(namespace).add(RTM_NEWLINK, 0, linkRequest, request, what);
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
      `tun and tap links take ${DEVICE}, which cannot be opened`,
      'see what "netwright doctor" says of it',
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
