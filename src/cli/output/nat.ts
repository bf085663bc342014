import type { NatView } from '../../lab/index.ts';
import { longForm, type FoundNat } from '../../nat/index.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { count } from './words.ts';

/** A NAT as one line: `eth1 and eth2 as 203.0.113.9 on eth0, endpoint-independent mapping, …`. */
export function natSummary({ policy, inside, outside, address }: FoundNat): string {
  const { mapping, filtering, hairpin } = longForm(policy);
  return `${inside.join(' and ')} as ${address} on ${outside}: ${mapping} mapping, ${filtering} filtering${hairpin ? ', hairpinning' : ''}`;
}

const MAPPING: Readonly<Record<NatView['policy']['mapping'], string>> = {
  'endpoint-independent': 'an inside endpoint has one outside port for all destinations',
  'address-dependent': 'an inside endpoint has an outside port for each destination address',
  'address-and-port-dependent': 'an inside endpoint has an outside port for each destination endpoint',
};
const FILTERING: Readonly<Record<NatView['policy']['filtering'], string>> = {
  'endpoint-independent': 'anyone may send to a mapped port',
  address: 'only addresses that it has sent to may send to a mapped port',
  'address-and-port': 'only endpoints that it has sent to may send to a mapped port',
};
const IPV6: Readonly<Record<NatView['policy']['ipv6'], string>> = {
  none: 'IPv6 is routed without translation',
  masquerade: 'IPv6 is masqueraded with the address of the outgoing interface',
  nptv6: 'IPv6 prefixes are translated (RFC 6296)',
};

/** A NAT as text: its behaviour, and its current translations. */
export function describeNat(node: string, view: NatView | undefined, style: Style): string {
  if (view === undefined) return `${style.bold(node)} has no NAT; add \`nat:\` to the topology file\n`;
  const { policy, inside, outside, address, mappings } = view;
  const ports = `${policy.ports}${policy['port-preserving'] ? ', preserves a free port' : ''}${policy.parity ? ', preserves parity' : ''}`;
  const properties: readonly (readonly [string, string, string?])[] = [
    ['mapping', policy.mapping, MAPPING[policy.mapping]],
    ['filtering', policy.filtering, FILTERING[policy.filtering]],
    [
      'hairpin',
      policy.hairpin ? 'yes' : 'no',
      `inside endpoints ${policy.hairpin ? 'reach' : 'do not reach'} each other at outside addresses`,
    ],
    ['ports', ports],
    ['timeouts', `UDP ${policy['udp-timeout']}, TCP ${policy['tcp-timeout']}`],
    ['ipv6', policy.ipv6, IPV6[policy.ipv6]],
    ...Object.entries(view.oneToOne).map(([from, to]): [string, string] => ['one to one', `${from} = ${to}`]),
    ...Object.entries(view.prefixes).map(([from, to]): [string, string] => ['prefix', `${from} = ${to}`]),
  ];
  const rows = mappings.flatMap(({ protocol, inside: from, outside: to, expires, connections }) => {
    const [first, ...more] = connections.map(({ remote, from: side, state, expires: left }) => [
      side === 'inside' ? `→ ${remote}` : `← ${remote}`,
      style.dim(`${state}, ${left}s`),
    ]);
    const life = expires === undefined ? '' : `${expires}s`;
    return [
      [protocol, from, style.cyan(to), life, ...(first ?? [])],
      ...more.map((cells) => ['', '', '', '', ...cells]),
    ];
  });
  const { insertFailed, drop } = view.losses;
  const lost = [
    ...(insertFailed === 0
      ? []
      : [
          `${count(insertFailed, 'packet')} not translated: their connections would be the same as others outside.`,
          'With protocols without ports, such as GRE and ESP, only one inside host can talk to each server.',
        ]),
    ...(drop <= insertFailed
      ? []
      : [`${count(drop - insertFailed, 'packet')} dropped because the conntrack table was full.`]),
  ];
  return [
    `${style.bold(style.cyan(node))}  ${inside.join(', ')} as ${style.cyan(address)} on ${outside}`,
    ...table(
      properties.map(([name, value, meaning = '']) => [style.dim(name), value, style.dim(meaning)]),
      '  ',
    ),
    '',
    mappings.length === 0 ? 'no mappings' : style.bold(count(mappings.length, 'mapping')),
    ...table(rows, '  '),
    ...(lost.length === 0 ? [] : ['', ...lost.map((line) => style.yellow(line))]),
    '',
  ].join('\n');
}
