import type { Family as IpFamily, Ip } from '../../addr/index.ts';
import { listed } from '../../base/index.ts';
import type { NamespaceName } from '../../state/index.ts';
import { at } from '../place.ts';
import { inside, type Words } from '../shell.ts';
import { MANY, type Family, type In } from './family.ts';

/** A UDP port whose packets a map translates (DNAT) to another address and port. */
export interface TranslatedPort {
  readonly family: IpFamily;
  readonly port: number;
  /** Only for this destination address; absent for all local addresses of the namespace. */
  readonly address?: Ip;
  readonly to: Ip;
  readonly toPort: number;
}

/**
 * Deletes conntrack entries of UDP flows that a new flow would not match: the kernel selects the translation for the
 * first packet of a flow, and keeps it as long as packets arrive. Entries that other programs' NAT rules made stay.
 */
export interface ForgetPorts extends In {
  readonly op: 'forget-ports';
  /** Ports that are now translated: deletes flows that are not translated. */
  readonly added: readonly TranslatedPort[];
  /** Ports that are no longer translated so: deletes flows that are. */
  readonly removed: readonly TranslatedPort[];
}

/** The addresses that a NAT translates to. */
export interface NatAddresses {
  readonly address: Ip;
  readonly address6?: Ip;
  /** Pairs of addresses that are mapped one to one. */
  readonly oneToOne: readonly (readonly [inside: Ip, outside: Ip])[];
}

/**
 * Deletes conntrack entries whose translation differs from that of the present NAT, also those to an outside address
 * that the NAT no longer has. TCP entries stay until their connection ends.
 */
export interface ForgetNat extends In {
  readonly op: 'forget-nat';
  /** Absent if there was no NAT: then flows that were forwarded without translation are deleted, too. */
  readonly before?: NatAddresses;
  /** Absent if there is no NAT any more. */
  readonly after?: NatAddresses;
}

export type FlowOperation = ForgetPorts | ForgetNat;

export const flowOperations: Family<FlowOperation> = {
  'forget-ports': {
    change: 'remove',
    describe: ({ namespace, added, removed }) => {
      const ports = [...new Set([...removed, ...added].map(({ port }) => port))];
      const which =
        ports.length > MANY
          ? `${ports.length} ports`
          : `${ports.length > 1 ? 'ports' : 'port'} ${listed(ports.map(String))}`;
      return `delete conntrack entries ${at(namespace)} for UDP ${which}`;
    },
    explain: explainFlows,
    render: ({ namespace, added, removed }) =>
      [...removed, ...added].map(({ family, port, address }) =>
        forget(
          namespace,
          '-f',
          family === 6 ? 'ipv6' : 'ipv4',
          '-p',
          'udp',
          '--orig-port-dst',
          port,
          address === undefined ? [] : ['--orig-dst', address],
        ),
      ),
    subject: () => 'flows to ports',
    auxiliary: true,
  },
  'forget-nat': {
    change: 'remove',
    describe: ({ namespace, before }) =>
      `delete conntrack entries ${at(namespace)} that ${before === undefined ? 'are not translated' : 'the previous NAT translated'}`,
    explain: explainFlows,
    render: ({ namespace, before }) =>
      ['udp', 'icmp'].flatMap((protocol) =>
        before === undefined
          ? [forget(namespace, '-p', protocol)]
          : [before.address, ...before.oneToOne.map(([, outside]) => outside)].map((address) =>
              forget(namespace, '-p', protocol, '--reply-dst', address),
            ),
      ),
    subject: () => 'flows of NAT',
    auxiliary: true,
  },
};

function explainFlows(): string {
  return 'Connection tracking keeps the translation of a flow while packets arrive, so old entries are deleted.';
}

/** conntrack(8) fails if no entry matches. */
const forget = (namespace: NamespaceName, ...words: readonly Words[]): string =>
  `${inside(namespace, 'conntrack', '-D', ...words)} > /dev/null 2>&1 || :`;
