import { found, type Finding } from './finding.ts';
import { limitOf, numericSysctl } from '../proc/index.ts';

/** A change of a lab takes one descriptor per namespace, and `check` one per probe. */
const DESCRIPTORS = 4096;

/** RLIMIT_NOFILE. Node raises the soft limit to the hard limit when it starts. */
export function descriptors(): Finding {
  const subject = { id: 'descriptors', title: 'Open files', needed: 'labs with many nodes, many simultaneous probes' };
  const limit = limitOf('self', 'open files');
  if (limit === undefined) return found(subject, 'unknown', 'unknown: not in /proc/self/limits');
  const { soft, hard } = limit;
  const detail = `at most ${soft}${soft === hard ? '' : `, which could be raised to ${hard}`}`;
  if (soft >= DESCRIPTORS) return found(subject, 'ok', detail);
  const fix =
    hard >= DESCRIPTORS
      ? `ulimit -n ${DESCRIPTORS}`
      : `"* hard nofile ${2 * DESCRIPTORS}" in /etc/security/limits.conf, then log in again`;
  return found(subject, 'warning', detail, fix);
}

/** Enough for a lab of a thousand nodes. */
const NAMESPACES = 1024;

export function networkNamespaceLimit(): Finding {
  const subject = {
    id: 'namespace-limit',
    title: 'Number of network namespaces',
    needed: 'labs with many nodes: one namespace per node',
  };
  const limit = numericSysctl('user.max_net_namespaces');
  if (limit === undefined) return found(subject, 'unknown', 'this kernel has no user.max_net_namespaces');
  const detail = `at most ${limit} (user.max_net_namespaces)`;
  if (limit >= NAMESPACES) return found(subject, 'ok', detail);
  return found(
    subject,
    limit === 0 ? 'problem' : 'warning',
    detail,
    `sysctl -w user.max_net_namespaces=${8 * NAMESPACES}`,
  );
}

/** The kernel's default of gc_thresh3. */
const NEIGHBOURS = 1024;

/** gc_thresh3 limits the neighbours of all namespaces together, and can only be set in the initial one (arp(7)). */
export function neighbourLimit(): Finding {
  const subject = {
    id: 'neighbour-limit',
    title: 'Number of neighbours (ARP and NDP)',
    needed: 'labs with many nodes that communicate',
  };
  const limits = ['ipv4', 'ipv6'].flatMap((family) => numericSysctl(`net.${family}.neigh.default.gc_thresh3`) ?? []);
  if (limits.length === 0) {
    return found(subject, 'unknown', 'net.ipv4.neigh.default.gc_thresh3 exists only in the initial network namespace');
  }
  const limit = Math.min(...limits);
  const detail =
    `at most ${limit} on the whole machine, in all namespaces together; each pair of communicating nodes needs two. Above the limit ` +
    'the kernel logs "neighbour table overflow" and packets are lost';
  const fix = 'sysctl -w net.ipv4.neigh.default.gc_thresh3=65536 net.ipv6.neigh.default.gc_thresh3=65536';
  return limit < NEIGHBOURS
    ? found(subject, 'warning', detail, fix)
    : found(subject, 'ok', detail, ...(limit < 8 * NEIGHBOURS ? [fix] : []));
}
