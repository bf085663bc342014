import { EncodeError } from '../../wire/index.ts';
import { didYouMean } from '../../base/index.ts';
import { RejectType } from '../expr/index.ts';
import { rejectCodes } from '../datatypes/index.ts';
import type { ProtocolContext, RequiredProtocols } from './selectors.ts';

export interface Rejection {
  readonly type: number;
  readonly code: number;
  readonly requires: RequiredProtocols;
}

type Protocol = keyof typeof rejectCodes;

/** Returns the ICMP type of a `reject` without `with`, by family. Its code is port-unreachable. */
function defaultProtocol({ family }: ProtocolContext): Protocol {
  if (family === 'ip') return 'icmp';
  return family === 'ip6' ? 'icmpv6' : 'icmpx';
}

const required: Readonly<Record<Protocol, RequiredProtocols>> = {
  icmp: { network: 'ip' },
  icmpv6: { network: 'ip6' },
  icmpx: {},
};

/**
 * Parses what follows `reject with`: `tcp reset`, `icmp host-unreachable`, `icmpx admin-prohibited` …
 * @param text undefined for a `reject` without `with`
 * @throws EncodeError
 */
export function parseRejection(protocols: ProtocolContext, text: string | undefined): Rejection {
  if (text === 'tcp reset') return { type: RejectType.tcpReset, code: 0, requires: { transport: 'tcp' } };
  const [protocol, ...rest] = text === undefined ? [defaultProtocol(protocols), 'port-unreachable'] : text.split(' ');
  const code = rest[0] === 'type' ? rest[1] : rest[0];
  if (protocol === undefined || code === undefined || !Object.hasOwn(rejectCodes, protocol)) {
    throw new EncodeError(
      'a reject statement',
      `invalid reject type "${text}", expected one such as "tcp reset" or "icmpx admin-prohibited"`,
    );
  }
  const codes: Readonly<Record<string, number>> = rejectCodes[protocol as Protocol];
  if (!Object.hasOwn(codes, code))
    throw new EncodeError('a reject statement', `${protocol} has no "${code}"${didYouMean(code, Object.keys(codes))}`);
  return {
    type: protocol === 'icmpx' ? RejectType.icmpxUnreach : RejectType.icmpUnreach,
    code: codes[code]!,
    requires: required[protocol as Protocol],
  };
}

/** Formats a reject expression: `{}` for the default. Returns undefined when nft has no name for it. */
export function formatRejection(
  protocols: ProtocolContext,
  type: number,
  code: number,
): { reject: { with?: string }; requires: RequiredProtocols } | undefined {
  if (type === RejectType.tcpReset) return { reject: { with: 'tcp reset' }, requires: { transport: 'tcp' } };
  const protocol =
    type === RejectType.icmpxUnreach
      ? 'icmpx'
      : protocols.network === 'ip'
        ? 'icmp'
        : protocols.network === 'ip6'
          ? 'icmpv6'
          : undefined;
  if (protocol === undefined) return undefined;
  const name = Object.entries(rejectCodes[protocol]).find(([, number]) => number === code)?.[0];
  if (name === undefined) return undefined;
  return {
    reject:
      protocol === defaultProtocol(protocols) && name === 'port-unreachable' ? {} : { with: `${protocol} ${name}` },
    requires: required[protocol],
  };
}
