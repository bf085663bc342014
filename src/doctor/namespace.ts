import { AF_INET6, libc, SOCK_CLOEXEC, SOCK_DGRAM, SyscallError } from '../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { visitNamespaces } from '../netns/index.ts';
import { found, type Finding } from './finding.ts';
import { settings } from './files.ts';
import { canReturnTo } from './return.ts';
import { links, linksUntried } from './links.ts';
import { nftables, nftablesUntried } from './nftables.ts';
import { isRoot, kernelHasIpv6, numericSysctl } from '../proc/index.ts';
import { qdiscs, qdiscsUntried } from './qdiscs.ts';

const NAMESPACES = { id: 'namespaces', title: 'Network namespaces', needed: 'every node' };

/** The tests in a new network namespace, which is removed before this returns. */
export function trials(): Finding[] {
  if (!canReturnTo('net')) return untried(cannotReturn());
  try {
    return visitNamespaces((thread) => {
      thread.create();
      using socket = NetlinkSocket.open(NETLINK_ROUTE);
      return [
        found(NAMESPACES, 'ok', 'tested: works'),
        settings(),
        ...links(socket),
        ...qdiscs(socket),
        ...nftables(),
        ipv6(),
      ];
    });
  } catch (error) {
    if (!(error instanceof SyscallError && error.syscall === 'unshare')) throw error;
    return untried(refused(error));
  }
}

/** The findings if no network namespace can be created. @param cause the finding about namespaces */
function untried(cause: Finding): Finding[] {
  const reason = 'not tested: no network namespace can be created';
  return [cause, settings(), ...linksUntried(reason), ...qdiscsUntried(reason), ...nftablesUntried(reason), ipv6()];
}

function cannotReturn(): Finding {
  const detail = 'not tested: this process could not return to its network namespace';
  return found(NAMESPACES, 'unknown', detail, 'run it with sudo, or without root as `netwright rootless -- COMMAND`');
}

function refused(error: SyscallError): Finding {
  switch (error.code) {
    case 'EPERM': {
      const root = isRoot();
      const fix = root
        ? 'a container needs --cap-add SYS_ADMIN, and a seccomp profile that lets it call unshare'
        : 'run it with sudo';
      return found(NAMESPACES, root ? 'problem' : 'unknown', error.message, fix);
    }
    case 'ENOSPC':
      return found(
        NAMESPACES,
        'problem',
        'the limit user.max_net_namespaces is reached',
        'sysctl -w user.max_net_namespaces=8192',
      );
    case 'EINVAL':
      return found(
        NAMESPACES,
        'problem',
        'this kernel was built without network namespaces (CONFIG_NET_NS)',
        'boot another kernel',
      );
    default:
      return found(NAMESPACES, 'problem', error.message);
  }
}

function ipv6(): Finding {
  const subject = { id: 'ipv6', title: 'IPv6', needed: 'IPv6 subnets' };
  if (!kernelHasIpv6()) {
    return found(subject, 'warning', 'disabled in this kernel', 'remove ipv6.disable=1 from the kernel command line');
  }
  try {
    libc.close(libc.socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return found(subject, 'warning', error.message);
  }
  if (numericSysctl('net.ipv6.conf.default.disable_ipv6') === 1) {
    const detail = 'disabled on new interfaces (net.ipv6.conf.default.disable_ipv6 is 1)';
    return found(
      subject,
      'warning',
      detail,
      'sysctl -w net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.all.disable_ipv6=0',
    );
  }
  return found(subject, 'ok', 'enabled');
}
