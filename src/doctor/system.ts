import { found, type Finding } from './finding.ts';
import {
  CAP_NET_ADMIN,
  CAP_NET_RAW,
  CAP_SYS_ADMIN,
  hasCapabilities,
  inInitialUserNamespace,
  kernelIsAtLeast,
  kernelRelease,
} from '../proc/index.ts';

/** The oldest supported version. */
const NODE = [20, 19] as const;

export function kernelVersion(): Finding {
  const subject = { id: 'kernel', title: 'Linux kernel', needed: 'everything' };
  const release = `Linux ${kernelRelease()}`;
  if (kernelIsAtLeast(5, 5)) return found(subject, 'ok', release);
  const fix = 'boot a newer kernel; 5.5 or later has everything that Netwright uses';
  if (!kernelIsAtLeast(5, 2))
    return found(subject, 'problem', `${release} lacks NAT in nftables tables of family inet (Linux 5.2)`, fix);
  return found(subject, 'warning', `${release} lacks alternative interface names (Linux 5.5)`, fix);
}

export function nodeVersion(): Finding {
  const subject = { id: 'node', title: 'Node.js', needed: 'everything' };
  const version = process.versions.node;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const supported = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  if (supported) return found(subject, 'ok', `version ${version}`);
  return found(subject, 'problem', `version ${version} is too old`, `install Node.js ${NODE.join('.')} or later`);
}

const lacks = (capability: bigint): boolean => !hasCapabilities(capability);

export function privileges(): Finding {
  const subject = { id: 'privileges', title: 'Privileges', needed: 'everything that changes a network' };
  const missing = [
    ...(lacks(CAP_NET_ADMIN) ? ['CAP_NET_ADMIN'] : []),
    ...(lacks(CAP_SYS_ADMIN) ? ['CAP_SYS_ADMIN'] : []),
  ];
  const where = inInitialUserNamespace() ? '' : ', in a user namespace: the host and its links are not accessible';
  if (missing.length > 0) {
    const fix = 'run it with sudo, or without root as `netwright rootless -- COMMAND`';
    return found(subject, 'problem', `user ${process.geteuid?.()} without ${missing.join(' and ')}${where}`, fix);
  }
  if (lacks(CAP_NET_RAW)) {
    const detail = `no CAP_NET_RAW${where}: \`check\` cannot send ICMP`;
    return found(subject, 'warning', detail, 'add CAP_NET_RAW (podman, docker: --cap-add NET_RAW)');
  }
  return found(subject, 'ok', `CAP_NET_ADMIN, CAP_SYS_ADMIN and CAP_NET_RAW${where}`);
}
