import { cidr } from '../addr/index.ts';
import {
  IFA_F_PERMANENT,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_SITE,
  type AddressMessage,
} from '../rtnetlink/index.ts';
import type { AddressState } from '../state/index.ts';

const SCOPES = new Map<number, NonNullable<AddressState['scope']>>([
  [RT_SCOPE_LINK, 'link'],
  [RT_SCOPE_SITE, 'site'],
  [RT_SCOPE_HOST, 'host'],
]);

/** The addresses that the kernel adds to lo when it comes up. */
const LOOPBACK = new Set<string>(['127.0.0.1/8', '::1/128']);

/** Addresses by interface index, without those of limited lifetime, from router advertisements or DHCP clients. */
export function addressesByIndex(messages: readonly AddressMessage[]): Map<number, AddressState[]> {
  const byIndex = new Map<number, AddressState[]>();
  for (const message of messages) {
    const local = message.local ?? message.address;
    if (local === undefined || ((message.flags ?? message.flags8) & IFA_F_PERMANENT) === 0) continue;
    const address = cidr(local, message.prefixLength);
    if (LOOPBACK.has(address)) continue;
    const state: AddressState = {
      address,
      ...(message.local !== undefined && message.address !== undefined && message.address !== message.local
        ? { peer: message.address }
        : {}),
      scope: SCOPES.get(message.scope) ?? 'global',
    };
    const list = byIndex.get(message.index);
    if (list === undefined) byIndex.set(message.index, [state]);
    else list.push(state);
  }
  return byIndex;
}
