import { HOST, type LinkState } from '../../state/index.ts';
import type { ChangeLink, CreateLink, DeleteLink, LinkChange } from '../operation.ts';
import { lowerLink, optionWords, portWords } from './link-options.ts';
import { ip, type Words } from './shell.ts';
import { interfaceSetting, writeSettings } from './sysctl.ts';

/** The MTU of a new Ethernet-like link, which need not be said. */
const DEFAULT_MTU = 1500;

const ADDR_GEN_MODES = { eui64: 'eui64', none: 'none', 'stable-privacy': 'stable_secret', random: 'random' } as const;

export function createLink({ namespace, name, link, peer }: CreateLink): string[] {
  const attached = [...(link.master === undefined ? [] : ['master', link.master]), ...(link.up ? ['up'] : [])];
  return [
    peer === undefined
      ? ip(
          namespace,
          'link',
          'add',
          lowerLink(link.kind, link.options),
          end(name, link),
          'type',
          link.kind,
          optionWords(link.kind, link.options),
        )
      : cable({ namespace, name, link }, peer),
    ...(attached.length === 0 ? [] : [ip(namespace, 'link', 'set', 'dev', name, attached)]),
  ];
}

type End = NonNullable<CreateLink['peer']>;

/** Both ends at once. The host's namespace has no name to put the other end into, so it is made from there. */
function cable(near: End, far: End): string {
  const [a, b] = far.namespace === HOST ? [far, near] : [near, far];
  const elsewhere = a.namespace === b.namespace ? [] : ['netns', b.namespace];
  return ip(a.namespace, 'link', 'add', end(a.name, a.link), 'type', 'veth', 'peer', end(b.name, b.link), elsewhere);
}

/** One queue each way costs a third less to make than one for each processor. */
const end = (name: string, { mac, mtu }: LinkState): Words => [
  'name',
  name,
  ...(mac === undefined ? [] : ['address', mac]),
  ...(mtu === DEFAULT_MTU ? [] : ['mtu', mtu]),
  'numtxqueues',
  1,
  'numrxqueues',
  1,
];

export function changeLink({ namespace, name, kind, change }: ChangeLink): string[] {
  const set = (...words: readonly Words[]): string => ip(namespace, 'link', 'set', 'dev', name, ...words);
  const { addrGenMode, inet, options, port, addAltNames = [], deleteAltNames = [] } = change;
  const changed = changedWords(change);
  return [
    // What IPv6 does when the link comes up is decided by then.
    ...(addrGenMode === undefined ? [] : [set('addrgenmode', ADDR_GEN_MODES[addrGenMode])]),
    ...(inet === undefined
      ? []
      : writeSettings(namespace, [
          [interfaceSetting(name, 'forwarding'), inet.forwarding ? '1' : '0'],
          [interfaceSetting(name, 'rp_filter'), String(inet.rpFilter)],
          ...(inet.acceptRedirects === undefined
            ? []
            : [[interfaceSetting(name, 'accept_redirects'), inet.acceptRedirects ? '1' : '0'] as const]),
        ])),
    ...(options === undefined ? [] : [set('type', kind, optionWords(kind, options))]),
    ...(changed.length === 0 ? [] : [set(changed)]),
    // Settings of a port can only be made on a port.
    ...(port === undefined ? [] : [set('type', 'bridge_slave', portWords(port))]),
    ...altNames('del', deleteAltNames),
    ...altNames('add', addAltNames),
  ];

  function altNames(verb: string, names: readonly string[]): string[] {
    if (names.length === 0) return [];
    return [
      ip(
        namespace,
        'link',
        'property',
        verb,
        'dev',
        name,
        names.flatMap((alternative) => ['altname', alternative]),
      ),
    ];
  }
}

const changedWords = ({ mac, mtu, master, up }: LinkChange): (string | number)[] => [
  ...(mac === undefined ? [] : ['address', mac]),
  ...(mtu === undefined ? [] : ['mtu', mtu]),
  ...(master === undefined ? [] : master === '' ? ['nomaster'] : ['master', master]),
  ...(up === undefined ? [] : [up ? 'up' : 'down']),
];

export const deleteLink = ({ namespace, name }: DeleteLink): string[] => [ip(namespace, 'link', 'del', 'dev', name)];
