import { familyOf } from '../../addr/index.ts';
import { AF_INET, AF_INET6 } from '../../ffi/index.ts';
import { NLM_F_CREATE, NLM_F_REPLACE, type AcceptedErrors } from '../../netlink/index.ts';
import type { AddNeighbour, DeleteNeighbour, NeighbourOperation } from '../../plan/index.ts';
import { neighbourMessage, NUD_PERMANENT, RTM_DELNEIGH, RTM_NEWNEIGH } from '../../rtnetlink/index.ts';
import { inNamespace } from '../describe.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const neighbourExecutors: Executors<NeighbourOperation> = {
  'add-neighbour': addNeighbour,
  'delete-neighbour': deleteNeighbour,
};

function addNeighbour(kernel: Kernel, op: AddNeighbour): void {
  send(kernel, op, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, 'add');
}

function deleteNeighbour(kernel: Kernel, op: DeleteNeighbour): void {
  const index = kernel.indexOfPresent(kernel.namespace(op.namespace), op.neighbour.device);
  if (index !== undefined) send(kernel, op, RTM_DELNEIGH, 0, 'delete', kernel.acceptMissing(op, 'ENOENT', 'ENODEV'));
}

function send(
  kernel: Kernel,
  op: AddNeighbour | DeleteNeighbour,
  type: number,
  flags: number,
  verb: string,
  harmless?: AcceptedErrors,
): void {
  const { device, address, mac } = op.neighbour;
  const namespace = kernel.namespace(op.namespace);
  const index = kernel.index(namespace, device);
  kernel.batch(namespace).add(
    type,
    flags,
    neighbourMessage,
    {
      family: familyOf(address) === 4 ? AF_INET : AF_INET6,
      index,
      state: NUD_PERMANENT,
      flags: 0,
      type: 0,
      dst: address,
      llAddr: mac,
    },
    () => `${verb} neighbour ${address} of "${device}" ${inNamespace(op.namespace)}`,
    harmless,
  );
}
