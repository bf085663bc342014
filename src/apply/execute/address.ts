import { addressOf, broadcastOf, familyOf, prefixLength, type Ip } from '../../addr/index.ts';
import { AF_INET, AF_INET6 } from '../../ffi/index.ts';
import { NLM_F_CREATE, NLM_F_REPLACE, type AcceptedErrors } from '../../netlink/index.ts';
import type { AddAddress, AddressOperation, DeleteAddress } from '../../plan/index.ts';
import {
  addressMessage,
  IFA_F_NODAD,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_SITE,
  RT_SCOPE_UNIVERSE,
  RTM_DELADDR,
  RTM_NEWADDR,
} from '../../rtnetlink/index.ts';
import { inNamespace } from '../describe.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const addressExecutors: Executors<AddressOperation> = {
  'add-address': addAddress,
  'delete-address': deleteAddress,
};

const SCOPES = { global: RT_SCOPE_UNIVERSE, site: RT_SCOPE_SITE, link: RT_SCOPE_LINK, host: RT_SCOPE_HOST } as const;

function addAddress(kernel: Kernel, op: AddAddress): void {
  // IFA_F_NODAD: duplicate address detection would delay each address by over a second, and all addresses are assigned
  // by the topology. IFA_BROADCAST: programs query the broadcast address of an interface (SIOCGIFBRDADDR).
  const broadcast = op.address.peer === undefined ? broadcastOf(op.address.address) : undefined;
  const extra = {
    ...(familyOf(op.address.address) === 6 && { flags: IFA_F_NODAD }),
    ...(broadcast !== undefined && { broadcast }),
  };
  send(kernel, op, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, extra, 'add');
}

function deleteAddress(kernel: Kernel, op: DeleteAddress): void {
  // The kernel deletes secondary addresses with the primary one of their subnet, and all addresses with their link.
  const index = kernel.indexOfPresent(kernel.namespace(op.namespace), op.link);
  if (index !== undefined)
    send(kernel, op, RTM_DELADDR, 0, {}, 'delete', kernel.acceptMissing(op, 'EADDRNOTAVAIL', 'ENODEV'));
}

function send(
  kernel: Kernel,
  op: AddAddress | DeleteAddress,
  type: number,
  flags: number,
  extra: { readonly flags?: number; readonly broadcast?: Ip },
  verb: string,
  harmless?: AcceptedErrors,
): void {
  const namespace = kernel.namespace(op.namespace);
  const index = kernel.index(namespace, op.link);
  const { address, peer, scope = 'global' } = op.address;
  const local = addressOf(address);
  kernel.batch(namespace).add(
    type,
    flags,
    addressMessage,
    {
      family: familyOf(local) === 4 ? AF_INET : AF_INET6,
      prefixLength: prefixLength(address),
      flags8: 0,
      scope: SCOPES[scope],
      index,
      local,
      address: peer ?? local,
      ...extra,
    },
    () => `${verb} address ${address} of "${op.link}" ${inNamespace(op.namespace)}`,
    harmless,
  );
}
