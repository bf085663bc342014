import { NetlinkError, NLM_F_CREATE, NLM_F_EXCL, type NetlinkSocket } from '../netlink/index.ts';
import { attribute, attributes, cString, message, pad, s32, struct, u32, u8 } from '../wire/index.ts';
import { found, type Finding } from './finding.ts';
import { moduleFix } from './module.ts';

const RTM_NEWQDISC = 36;
const TC_H_ROOT = 0xffffffff;

/** struct tcmsg and TCA_KIND (linux/rtnetlink.h): enough to test whether the kernel has a queueing discipline. */
const tcMessage = message(
  'qdisc',
  struct('tcmsg', { family: u8, pad: pad(3), index: s32, handle: u32, parent: u32, info: u32 }),
  attributes('qdisc', { kind: attribute(1, cString()) }),
);

const QDISCS = [
  { kind: 'netem', title: 'netem', needed: '`delay`, `jitter`, `loss`, `duplicate`, `corrupt` and `reorder`' },
  { kind: 'tbf', title: 'tbf', needed: '`rate`' },
  { kind: 'htb', title: 'htb', needed: 'rates for several traffic classes on one link' },
] as const;

const subjectOf = ({ kind, title, needed }: (typeof QDISCS)[number]) => ({
  id: `qdisc-${kind}`,
  title: `Queueing discipline ${title}`,
  needed,
});

/**
 * Tests each queueing discipline on the loopback of a namespace that is removed afterwards. The request has no options:
 * a supported discipline refuses it with EINVAL, an unsupported one with ENOENT.
 */
export function qdiscs(socket: NetlinkSocket): Finding[] {
  return QDISCS.map((qdisc) => {
    const subject = subjectOf(qdisc);
    try {
      const batch = socket.batch();
      const value = { index: 1, parent: TC_H_ROOT, kind: qdisc.kind };
      batch.add<{ index: number; parent: number; kind?: string }>(
        RTM_NEWQDISC,
        NLM_F_CREATE | NLM_F_EXCL,
        tcMessage,
        value,
        `try queueing discipline ${qdisc.kind}`,
      );
      batch.send();
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error;
      if (error.code === 'ENOENT' || error.code === 'EOPNOTSUPP') {
        return found(subject, 'warning', 'this kernel does not support it', moduleFix(`sch_${qdisc.kind}`));
      }
      if (error.code === 'EPERM') return found(subject, 'unknown', error.message);
    }
    return found(subject, 'ok', 'supported');
  });
}

export const qdiscsUntried = (reason: string): Finding[] =>
  QDISCS.map((qdisc) => found(subjectOf(qdisc), 'unknown', reason));
