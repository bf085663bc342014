import { ALL_KINDS, encodeOptions, type AnyKind } from '../kinds/index.ts';
import { libc, O_CLOEXEC, O_RDWR, SyscallError } from '../ffi/index.ts';
import { NetlinkError, NLM_F_CREATE, NLM_F_EXCL, type NetlinkSocket } from '../netlink/index.ts';
import { getLink, linkMessage, RTM_NEWLINK, type LinkInfo, type LinkRequest } from '../rtnetlink/index.ts';
import { found, type Finding, type Subject } from './finding.ts';
import { moduleFix, moduleState } from './module.ts';
import { isRoot } from '../proc/index.ts';

type TestedKind = AnyKind & Required<Pick<AnyKind, 'doctor'>>;

const TESTED = ALL_KINDS.filter((kind): kind is TestedKind => kind.doctor !== undefined);

const subjectOf = ({ name, doctor: { title, needed } }: TestedKind): Subject => ({ id: `link-${name}`, title, needed });
const moduleOf = ({ name, module }: AnyKind): string => module ?? name;

/** Tests each kind of link in the namespace of the socket, which is removed afterwards. */
export function links(socket: NetlinkSocket): Finding[] {
  let lower: number | undefined;
  return TESTED.map((kind) => {
    if (kind.madeBy === 'tun device') return testTunDevice(kind);
    const finding = testKind(socket, kind, lower);
    if (finding.status === 'ok') lower ??= indexOf(socket, nameOf(kind));
    return finding;
  });
}

/** The findings if no namespace can be created. @param reason why */
export const linksUntried = (reason: string): Finding[] =>
  TESTED.map((kind) =>
    kind.madeBy === 'tun device' ? testTunDevice(kind) : found(subjectOf(kind), 'unknown', reason),
  );

const nameOf = ({ name }: AnyKind): string => `try-${name}`;

function testKind(socket: NetlinkSocket, kind: TestedKind, lower: number | undefined): Finding {
  const subject = subjectOf(kind);
  const module = moduleOf(kind);
  const { litters: sideEffect, essential } = kind.doctor;
  if (sideEffect !== undefined && moduleState(module) === 'loadable') {
    return found(
      subject,
      'ok',
      `not tested: module ${module} is not loaded, and loading it creates ${sideEffect} on the host`,
    );
  }
  const needsLower = kind.lower?.needed === true;
  if (needsLower && lower === undefined)
    return found(subject, 'unknown', 'not tested: it needs a lower link, and none could be created');
  const data = kind.trial === undefined ? {} : { data: encodeOptions(kind, kind.trial) };
  const request: LinkRequest = {
    name: nameOf(kind),
    ...(needsLower ? { link: lower! } : {}),
    linkInfo: { kind: kind.name, ...data } as LinkInfo,
  };
  try {
    create(socket, request);
    return found(subject, 'ok', 'tested: works');
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    const missing = essential === true ? 'problem' : 'warning';
    if (error.code === 'EOPNOTSUPP')
      return found(subject, missing, 'this kernel does not support it', moduleFix(module));
    return found(subject, error.code === 'EPERM' ? 'unknown' : missing, error.message);
  }
}

function create(socket: NetlinkSocket, request: LinkRequest): void {
  const batch = socket.batch();
  batch.add<LinkRequest>(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, linkMessage, request, `create link ${request.name}`);
  batch.send();
}

const indexOf = (socket: NetlinkSocket, name: string): number => getLink(socket, name).index;

/**
 * A tun link is created through /dev/net/tun, not rtnetlink. Opening the device loads the module and creates no link.
 */
function testTunDevice(kind: TestedKind): Finding {
  const subject = subjectOf(kind);
  try {
    libc.close(libc.open('/dev/net/tun', O_RDWR | O_CLOEXEC));
    return found(subject, 'ok', '/dev/net/tun can be opened');
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (error.code === 'ENOENT') {
      return found(
        subject,
        'warning',
        'there is no /dev/net/tun',
        `modprobe ${moduleOf(kind)}, and if that is not enough: mkdir -p /dev/net && mknod /dev/net/tun c 10 200`,
      );
    }
    if (error.code === 'EACCES')
      return found(subject, 'warning', error.message, 'sudo chmod 0666 /dev/net/tun, as udev has it');
    if (error.code === 'EPERM') {
      const root = isRoot();
      return found(
        subject,
        root ? 'warning' : 'unknown',
        error.message,
        root ? 'a container needs --device /dev/net/tun' : 'run it with sudo',
      );
    }
    return found(subject, 'warning', error.message, moduleFix(moduleOf(kind)));
  }
}
