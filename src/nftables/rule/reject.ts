import { EncodeError } from '../../wire/index.ts';
import { didYouMean } from '../../base/index.ts';
import { RejectType } from '../expr/index.ts';
import { rejectCodes } from '../words/index.ts';
import type { Known, Needs } from './selectors.ts';

export interface Rejection {
  readonly type: number;
  readonly code: number;
  readonly needs: Needs;
}

type Protocol = keyof typeof rejectCodes;

/** What a rejection is answered with when the rule does not say: that the port is unreachable, in the family's own ICMP. */
function protocolFor(known: Known): Protocol {
  if (known.family === 'ip') return 'icmp';
  return known.family === 'ip6' ? 'icmpv6' : 'icmpx';
}

const network: Readonly<Record<Protocol, Needs>> = { icmp: { network: 'ip' }, icmpv6: { network: 'ip6' }, icmpx: {} };

/** Reads `tcp reset`, `icmp host-unreachable`, `icmpx admin-prohibited` …, or nothing. */
export function parseRejection(known: Known, words: string | undefined): Rejection {
  if (words === 'tcp reset') return { type: RejectType.tcpReset, code: 0, needs: { transport: 'tcp' } };
  const [protocol, ...rest] = words === undefined ? [protocolFor(known), 'port-unreachable'] : words.split(' ');
  const code = rest[0] === 'type' ? rest[1] : rest[0];
  if (protocol === undefined || code === undefined || !Object.hasOwn(rejectCodes, protocol)) {
    throw new EncodeError(
      'a reject statement',
      `invalid reject type "${words}", expected one such as "tcp reset" or "icmpx admin-prohibited"`,
    );
  }
  const codes: Readonly<Record<string, number>> = rejectCodes[protocol as Protocol];
  if (!Object.hasOwn(codes, code))
    throw new EncodeError('a reject statement', `${protocol} has no "${code}"${didYouMean(code, Object.keys(codes))}`);
  return {
    type: protocol === 'icmpx' ? RejectType.icmpxUnreach : RejectType.icmpUnreach,
    code: codes[code]!,
    needs: network[protocol as Protocol],
  };
}

/** Says a rejection: `{}` for the one that is meant when nothing is said. */
export function formatRejection(
  known: Known,
  type: number,
  code: number,
): { words: { with?: string }; needs: Needs } | undefined {
  if (type === RejectType.tcpReset) return { words: { with: 'tcp reset' }, needs: { transport: 'tcp' } };
  const protocol =
    type === RejectType.icmpxUnreach
      ? 'icmpx'
      : known.network === 'ip'
        ? 'icmp'
        : known.network === 'ip6'
          ? 'icmpv6'
          : undefined;
  if (protocol === undefined) return undefined;
  const name = Object.entries(rejectCodes[protocol]).find(([, number]) => number === code)?.[0];
  if (name === undefined) return undefined;
  return {
    words: protocol === protocolFor(known) && name === 'port-unreachable' ? {} : { with: `${protocol} ${name}` },
    needs: network[protocol],
  };
}
