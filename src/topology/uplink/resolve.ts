import { networkOf, type Cidr } from '../../addr/index.ts';
import { UsageError } from '../../base/index.ts';
import type { Issues } from '../../format/index.ts';
import { firstOverlap, hasUplink, subnetOf } from '../wiring/index.ts';
import { planUplink, uplinkSize, type Uplink, type UplinkUsers } from './plan.ts';

interface UplinkOptions {
  /** Whether the kernel has IPv6. */
  readonly ipv6: boolean;
  /** The subnets for the uplink. */
  readonly uplink?: { readonly v4: Cidr; readonly v6?: Cidr };
}

/**
 * Plans the uplink of a lab; undefined for a lab that needs none. Subnets that overlap the uplink go to `issues`.
 * @throws UsageError if there is no subnet, or if it is too small
 */
export function resolveUplink(users: UplinkUsers, { uplink, ipv6 }: UplinkOptions, issues: Issues): Uplink | undefined {
  const hosts = uplinkSize(users);
  if (hosts === 0) return undefined;
  if (uplink === undefined)
    throw new UsageError(`the lab "${users.lab}" needs an uplink for internet access: a subnet of ${hosts} addresses`);
  const v6 = ipv6 && uplink.v6 !== undefined ? [uplink.v6] : [];
  const subnets = [uplink.v4, ...v6].map((subnet) => subnetOf(networkOf(subnet)));
  const plan = planUplink(users, subnets);
  if (plan === undefined)
    throw new UsageError(`the uplink ${uplink.v4} of the lab "${users.lab}" is too small: it needs ${hosts} addresses`);
  const reachable = users.segments.filter(
    ({ internet, members }) => internet || members.some(({ node }) => hasUplink(node)),
  );
  for (const segment of reachable) {
    for (const subnet of segment.subnets) {
      const overlap = subnets
        .map((other) => firstOverlap([{ subnet }, { subnet: other }]))
        .find((pair) => pair !== undefined);
      if (overlap !== undefined)
        issues.add(
          [...segment.path, 'subnet'],
          `the subnet ${subnet.network} overlaps that of the uplink, ${uplink.v4}`,
        );
    }
  }
  return plan;
}
