import { libc, O_CLOEXEC, O_RDWR, SyscallError } from '../ffi/index.ts';
import { NetlinkError, NLM_F_CREATE, NLM_F_EXCL, type NetlinkSocket } from '../netlink/index.ts';
import { getLink, linkMessage, otherKind, RTM_NEWLINK, type LinkInfo, type LinkRequest } from '../rtnetlink/index.ts';
import { found, type Finding, type Subject } from './finding.ts';
import { moduleFix, moduleState } from './module.ts';
import { isRoot } from '../proc/index.ts';

interface Kind {
  readonly kind: string;
  readonly title: string;
  readonly needed: string;
  /** The kernel module; the kind's name when absent. */
  readonly module?: string;
  readonly info: LinkInfo;
  /** Whether it sits on another link. */
  readonly lower?: boolean;
  /** Loading the module makes links on the host: then it is not tried. */
  readonly litters?: string;
  /** Without it there is no lab at all. */
  readonly essential?: boolean;
}

const KINDS: readonly Kind[] = [
  { kind: 'veth', title: 'veth pairs', needed: 'every cable', info: { kind: 'veth' }, essential: true },
  { kind: 'bridge', title: 'Bridges', needed: '`networks`', info: { kind: 'bridge' }, essential: true },
  {
    kind: 'vlan',
    title: 'VLANs (802.1Q)',
    needed: 'VLAN interfaces',
    module: '8021q',
    info: { kind: 'vlan', data: { id: 1 } },
    lower: true,
  },
  {
    kind: 'vxlan',
    title: 'VXLANs',
    needed: 'networks that span machines',
    info: { kind: 'vxlan', data: { id: 1, port: 4789 } },
  },
  {
    kind: 'macvlan',
    title: 'macvlan',
    needed: 'nodes with an address in the physical network',
    info: { kind: 'macvlan', data: { mode: 'bridge' } },
    lower: true,
  },
  {
    kind: 'ipvlan',
    title: 'ipvlan',
    needed: 'nodes that share a MAC address with the host',
    info: { kind: 'ipvlan', data: { mode: 'l2' } },
    lower: true,
  },
  {
    kind: 'dummy',
    title: 'dummy links',
    needed: 'addresses that belong to no network',
    info: { kind: 'dummy' },
    litters: 'dummy0',
  },
  {
    kind: 'vrf',
    title: 'VRFs',
    needed: 'several routing tables in one node',
    info: { kind: 'vrf', data: { table: 10 } },
  },
  {
    kind: 'ifb',
    title: 'ifb links',
    needed: 'impairing what a link receives',
    info: { kind: 'ifb' },
    litters: 'ifb0 and ifb1',
  },
  { kind: 'wireguard', title: 'WireGuard', needed: 'WireGuard tunnels', info: { kind: otherKind('wireguard') } },
];

const subjectOf = ({ kind, title, needed }: Pick<Kind, 'kind' | 'title' | 'needed'>): Subject => ({
  id: `link-${kind}`,
  title,
  needed,
});
const TUN = { kind: 'tun', title: 'tun and tap', needed: 'user-space VPNs in nodes' };

/** Tries each kind of link in the namespace of the socket, which is thrown away afterwards. */
export function links(socket: NetlinkSocket): Finding[] {
  let lower: number | undefined;
  const findings = KINDS.map((kind) => {
    const finding = tryKind(socket, kind, lower);
    if (finding.status === 'ok') lower ??= indexOf(socket, nameOf(kind));
    return finding;
  });
  return [...findings, tun()];
}

/** What can be said of the kinds when nothing can be tried. */
export function linksUntried(reason: string): Finding[] {
  return [...KINDS.map((kind) => found(subjectOf(kind), 'unknown', reason)), tun()];
}

const nameOf = ({ kind }: Kind): string => `try-${kind}`;

function tryKind(socket: NetlinkSocket, kind: Kind, lower: number | undefined): Finding {
  const subject = subjectOf(kind);
  const name = kind.module ?? kind.kind;
  if (kind.litters !== undefined && moduleState(name) === 'loadable') {
    return found(
      subject,
      'ok',
      `not tried: module ${name} is there to be loaded, which makes ${kind.litters} on the host`,
    );
  }
  if (kind.lower === true && lower === undefined) return found(subject, 'unknown', 'there is no link to put it on');
  const request: LinkRequest = {
    name: nameOf(kind),
    ...(kind.lower === true ? { link: lower! } : {}),
    linkInfo: kind.info,
  };
  try {
    create(socket, request);
    return found(subject, 'ok', 'a trial worked');
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    const missing = kind.essential === true ? 'problem' : 'warning';
    if (error.code === 'EOPNOTSUPP')
      return found(subject, missing, 'this kernel does not know the kind', moduleFix(name));
    return found(subject, error.code === 'EPERM' ? 'unknown' : missing, error.message);
  }
}

function create(socket: NetlinkSocket, request: LinkRequest): void {
  const batch = socket.batch();
  batch.add<LinkRequest>(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, linkMessage, request, `create link ${request.name}`);
  batch.send();
}

const indexOf = (socket: NetlinkSocket, name: string): number => getLink(socket, name).index;

/** tun is not made by netlink but by opening its device, which loads the module. Nothing is made by opening alone. */
function tun(): Finding {
  try {
    libc.close(libc.open('/dev/net/tun', O_RDWR | O_CLOEXEC));
    return found(subjectOf(TUN), 'ok', '/dev/net/tun can be opened');
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (error.code === 'ENOENT') {
      return found(
        subjectOf(TUN),
        'warning',
        'there is no /dev/net/tun',
        `modprobe tun, and if that is not enough: mkdir -p /dev/net && mknod /dev/net/tun c 10 200`,
      );
    }
    if (error.code === 'EACCES')
      return found(subjectOf(TUN), 'warning', error.message, 'sudo chmod 0666 /dev/net/tun, as udev has it');
    if (error.code === 'EPERM') {
      const root = isRoot();
      return found(
        subjectOf(TUN),
        root ? 'warning' : 'unknown',
        error.message,
        root ? 'a container needs --device /dev/net/tun' : 'run it with sudo',
      );
    }
    return found(subjectOf(TUN), 'warning', error.message, moduleFix('tun'));
  }
}
