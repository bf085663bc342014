import { savedSettings, savedSettingsPath } from '../apply/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findDivertedSubnets, predictDivertedSubnets, uplinkRange, labsOnHost } from '../host/index.ts';
import { found, type Finding } from './finding.ts';
import { kernelIsAtLeast, numericSysctl } from '../proc/index.ts';

/** Settings of the host that affect the traffic of labs through it. */
export function hostSettings(): Finding[] {
  return [forwarding(), changedSettings(), routingRules(), reversePath(), bridgeFilter()];
}

function forwarding(): Finding {
  const subject = { id: 'host-forwarding', title: 'Forwarding on the host', needed: '`internet`' };
  const v4 = numericSysctl('net.ipv4.ip_forward');
  const v6 = numericSysctl('net.ipv6.conf.all.forwarding');
  const detail = `net.ipv4.ip_forward is ${v4 ?? 'missing'}, net.ipv6.conf.all.forwarding is ${v6 ?? 'missing'}`;
  if (v4 === 1 && v6 === 1) return found(subject, 'ok', detail);
  const remarks = [
    ...(v4 === 1 ? [] : ['a lab with `internet` enables IPv4 forwarding while it is up']),
    ...(v6 === 1
      ? []
      : [
          'labs have no IPv6 internet access; Netwright does not enable IPv6 forwarding, because the host would then ignore router advertisements',
        ]),
  ];
  return found(
    subject,
    'ok',
    `${detail}: ${remarks.join('; ')}`,
    ...(v6 === 1 ? [] : ['sysctl -w net.ipv6.conf.all.forwarding=1']),
  );
}

/** Sysctls of the host that labs have changed, and that are still to be restored. */
function changedSettings(): Finding {
  const subject = { id: 'host-settings', title: 'Settings of the host', needed: '`internet` and `publish`' };
  let originals: ReadonlyMap<string, string>;
  try {
    originals = savedSettings();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return found(subject, 'unknown', `only root can read which settings labs have changed, in ${savedSettingsPath()}`);
  }
  if (originals.size === 0) return found(subject, 'ok', 'no setting is changed by labs');
  const changed = [...originals].map(([key, value]) => `${key} was ${value}`).join(', ');
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const labs = labsOnHost(socket);
  if (labs.length > 0) return found(subject, 'ok', `${changed}: restored when no lab needs them (${labs.join(', ')})`);
  return found(subject, 'warning', `${changed}, but no lab with a link to the host exists`, 'netwright clean');
}

/** Routing rules that divert packets to labs. */
function routingRules(): Finding {
  const subject = { id: 'host-rules', title: 'Routing rules of the host', needed: '`internet` and `publish`' };
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const labs = labsOnHost(socket);
  const diverted = labs.length > 0 ? labs.flatMap(findDivertedSubnets) : predictDivertedSubnets(uplinkRange());
  if (diverted.length === 0) return found(subject, 'ok', 'no rule diverts packets to labs');
  const detail = diverted.map(({ by, subnet }) => `${by} diverts packets to labs (${subnet}) away from their links`);
  return found(
    subject,
    'warning',
    detail.join('; '),
    diverted.flatMap(({ fix }) => fix ?? []).join(' && ') || undefined,
  );
}

function reversePath(): Finding {
  const subject = {
    id: 'host-rp-filter',
    title: 'Source validation on the host',
    needed: '`internet` with asymmetric routes',
  };
  const value = numericSysctl('net.ipv4.conf.all.rp_filter');
  if (value === undefined) return found(subject, 'unknown', 'net.ipv4.conf.all.rp_filter cannot be read');
  if (value !== 1)
    return found(subject, 'ok', `not strict for all interfaces (net.ipv4.conf.all.rp_filter is ${value})`);
  return found(
    subject,
    'warning',
    'strict (net.ipv4.conf.all.rp_filter is 1): drops packets whose source is routed through another interface',
    'sysctl -w net.ipv4.conf.all.rp_filter=2',
  );
}

function bridgeFilter(): Finding {
  const subject = { id: 'bridge-netfilter', title: 'Firewall on bridges', needed: '`networks`' };
  const value = numericSysctl('net.bridge.bridge-nf-call-iptables');
  if (value !== 1)
    return found(subject, 'ok', value === undefined ? 'module br_netfilter is not loaded' : 'disabled on the host');
  if (kernelIsAtLeast(5, 3))
    return found(subject, 'ok', 'enabled; labs are filtered only by the rules of their own namespaces');
  return found(
    subject,
    'warning',
    'enabled; before Linux 5.3 the rules of the host then filter bridges of all namespaces',
    'sysctl -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0',
  );
}
