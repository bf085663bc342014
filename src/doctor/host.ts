import { notedSettings, notesPath } from '../apply/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findLedAway, foreseeLedAway, uplinkRange, labsOnHost } from '../host/index.ts';
import { found, type Finding } from './finding.ts';
import { kernelIsAtLeast, numericSysctl } from '../proc/index.ts';

/** Settings of the host that decide about traffic of labs which passes it. */
export function hostSettings(): Finding[] {
  return [forwarding(), changedSettings(), waysToLabs(), reversePath(), bridgeFilter()];
}

function forwarding(): Finding {
  const subject = { id: 'host-forwarding', title: 'Forwarding on the host', needed: '`internet`' };
  const v4 = numericSysctl('net.ipv4.ip_forward');
  const v6 = numericSysctl('net.ipv6.conf.all.forwarding');
  const detail = `net.ipv4.ip_forward is ${v4 ?? 'not there'}, net.ipv6.conf.all.forwarding is ${v6 ?? 'not there'}`;
  if (v4 === 1 && v6 === 1) return found(subject, 'ok', detail);
  const remarks = [
    ...(v4 === 1 ? [] : ['a lab with `internet` switches IPv4 on while it is up']),
    ...(v6 === 1
      ? []
      : ['IPv6 of labs stays on this machine, since switching it on makes a host deaf to router advertisements']),
  ];
  return found(
    subject,
    'ok',
    `${detail}: ${remarks.join('; ')}`,
    ...(v6 === 1 ? [] : ['sysctl -w net.ipv6.conf.all.forwarding=1']),
  );
}

/** Settings that labs have changed, and that are to be put back one day. */
function changedSettings(): Finding {
  const subject = { id: 'host-settings', title: 'Settings of the host', needed: '`internet` and `publish`' };
  let noted: ReadonlyMap<string, string>;
  try {
    noted = notedSettings();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return found(subject, 'unknown', `root alone may read what labs have changed, in ${notesPath()}`);
  }
  if (noted.size === 0) return found(subject, 'ok', 'none are changed by labs');
  const changed = [...noted].map(([key, was]) => `${key} was ${was}`).join(', ');
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const labs = labsOnHost(socket);
  if (labs.length > 0) return found(subject, 'ok', `${changed}: put back when no lab needs them (${labs.join(', ')})`);
  return found(subject, 'warning', `${changed}, and no lab with a link to the host is left`, 'netwright clean');
}

/** Routing rules that lead what is for labs past them. */
function waysToLabs(): Finding {
  const subject = { id: 'host-rules', title: 'Routing rules of the host', needed: '`internet` and `publish`' };
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const labs = labsOnHost(socket);
  const astray = labs.length > 0 ? labs.flatMap(findLedAway) : foreseeLedAway(uplinkRange());
  if (astray.length === 0) return found(subject, 'ok', 'none leads what is for a lab past its link');
  const detail = astray.map(({ by, subnet }) => `${by} leads what is for labs, ${subnet}, past their links`);
  return found(subject, 'warning', detail.join('; '), astray.flatMap(({ fix }) => fix ?? []).join(' && ') || undefined);
}

function reversePath(): Finding {
  const subject = {
    id: 'host-rp-filter',
    title: 'Source validation on the host',
    needed: '`internet`, where answers come back another way',
  };
  const value = numericSysctl('net.ipv4.conf.all.rp_filter');
  if (value === undefined) return found(subject, 'unknown', 'net.ipv4.conf.all.rp_filter cannot be read');
  if (value !== 1)
    return found(subject, 'ok', `not strict for all interfaces (net.ipv4.conf.all.rp_filter is ${value})`);
  return found(
    subject,
    'warning',
    'strict (net.ipv4.conf.all.rp_filter is 1): packets that arrive where their answers would not leave are dropped',
    'sysctl -w net.ipv4.conf.all.rp_filter=2',
  );
}

function bridgeFilter(): Finding {
  const subject = { id: 'bridge-netfilter', title: 'Firewall on bridges', needed: '`networks`' };
  const value = numericSysctl('net.bridge.bridge-nf-call-iptables');
  if (value !== 1)
    return found(subject, 'ok', value === undefined ? 'module br_netfilter is not loaded' : 'off on the host');
  if (kernelIsAtLeast(5, 3))
    return found(subject, 'ok', "on; labs are filtered by the rules of their own namespaces alone, not by the host's");
  return found(
    subject,
    'warning',
    "on, and before Linux 5.3 it has the host's rules filter bridges of all namespaces",
    'sysctl -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0',
  );
}
