import { SyscallError } from '../ffi/index.ts';
import { findForwardBlockers, type ForwardBlocker } from '../host/index.ts';
import { NetlinkError } from '../netlink/index.ts';
import { found, type Finding } from './finding.ts';

export function hostForward(): Finding {
  const subject = { id: 'host-forward', title: 'Firewall of the host', needed: '`internet` and `publish`' };
  let blockers: ForwardBlocker[];
  try {
    blockers = findForwardBlockers();
  } catch (error) {
    if (!(error instanceof NetlinkError || error instanceof SyscallError)) throw error;
    return found(subject, 'unknown', `it cannot be read: ${error.message}`);
  }
  if (blockers.length === 0) return found(subject, 'ok', 'no rule drops forwarded packets of labs');
  const where = blockers.map(({ table, chain }) => `chain "${chain}" of table "${table}"`).join(' and ');
  return found(subject, 'warning', `${where} drops forwarded packets`, blockers.map(({ hint }) => hint).join('; '));
}
