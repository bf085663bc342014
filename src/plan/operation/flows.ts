import type { Family as IpFamily, Ip } from '../../addr/index.ts';
import { listed } from '../../base/index.ts';
import type { NamespaceName } from '../../state/index.ts';
import { place } from '../place.ts';
import { inside, type Words } from '../shell.ts';
import { MANY, type Family, type In } from './family.ts';

/** A UDP port that a map leads elsewhere. */
export interface TranslatedPort {
  readonly family: IpFamily;
  readonly port: number;
  /** Of this address alone; absent for all that the namespace has. */
  readonly address?: Ip;
  readonly to: Ip;
  readonly toPort: number;
}

/**
 * Makes connection tracking forget UDP flows that go another way than their next packet would as the first of a flow: the
 * kernel finds the translation once, and keeps to it for as long as packets come. Flows that something else translated stay.
 */
export interface ForgetPorts extends In {
  readonly op: 'forget-ports';
  /** What leads elsewhere from now on: flows that are not translated go. */
  readonly added: readonly TranslatedPort[];
  /** What led elsewhere until now: flows that are translated so go. */
  readonly removed: readonly TranslatedPort[];
}

/** What a NAT makes of addresses. */
export interface NatAddresses {
  readonly address: Ip;
  readonly address6?: Ip;
  /** Inside and outside address, of those that have one of their own. */
  readonly oneToOne: readonly (readonly [inside: Ip, outside: Ip])[];
}

/**
 * Makes connection tracking forget flows that are not translated as the NAT would translate them now, also those to an
 * address that is nobody's any more. Those of TCP stay until they end.
 */
export interface ForgetNat extends In {
  readonly op: 'forget-nat';
  /** Absent where there was none: then flows that were forwarded as they are go, too. */
  readonly before?: NatAddresses;
  /** Absent where there is none. */
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
      return `make ${place(namespace)} forget UDP flows to ${which}`;
    },
    explain: () =>
      'The kernel keeps to the translation of a flow for as long as packets come: those of before are forgotten.',
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
    attends: true,
  },
  'forget-nat': {
    change: 'remove',
    describe: ({ namespace, before }) =>
      `make ${place(namespace)} forget flows that ${before === undefined ? 'are not translated' : 'the former NAT translated'}`,
    explain: () =>
      'The kernel keeps to the translation of a flow for as long as packets come: those of before are forgotten.',
    render: ({ namespace, before }) =>
      ['udp', 'icmp'].flatMap((protocol) =>
        before === undefined
          ? [forget(namespace, '-p', protocol)]
          : [before.address, ...before.oneToOne.map(([, outside]) => outside)].map((address) =>
              forget(namespace, '-p', protocol, '--reply-dst', address),
            ),
      ),
    subject: () => 'flows of NAT',
    attends: true,
  },
};

/** conntrack(8) fails where there is no such flow. */
const forget = (namespace: NamespaceName, ...words: readonly Words[]): string =>
  `${inside(namespace, 'conntrack', '-D', ...words)} > /dev/null 2>&1 || :`;
