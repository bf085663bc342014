import { kindOf, kindOfMade, optionWords, portOptionsOf, type AnyOptions } from '../../kinds/index.ts';
import { HOST, type LinkState, type NamespaceName } from '../../state/index.ts';
import type { ChangeLink, CreateLink, DeleteLink, LinkChange } from '../operation.ts';
import { ip, type Words } from './shell.ts';
import { interfaceSetting, writeSettings } from './sysctl.ts';

const ADDR_GEN_MODES = { eui64: 'eui64', none: 'none', 'stable-privacy': 'stable_secret', random: 'random' } as const;

export function createLink({ namespace, name, link, peer }: CreateLink): string[] {
  const attached = [...(link.master === undefined ? [] : ['master', link.master]), ...(link.up ? ['up'] : [])];
  return [
    ...(peer === undefined ? single(namespace, name, link) : [cable({ namespace, name, link }, peer)]),
    ...(attached.length === 0 ? [] : [ip(namespace, 'link', 'set', 'dev', name, attached)]),
  ];
}

function single(namespace: NamespaceName, name: string, link: LinkState): string[] {
  const kind = kindOfMade(link);
  const options = optionWords(kind.options, link.options as AnyOptions | undefined);
  if (kind.madeBy === 'tun device') {
    const rest = [...macWords(link), ...mtuWords(link), ...groupWords(link)];
    return [
      ip(namespace, 'tuntap', 'add', 'dev', name, options),
      ...(rest.length === 0 ? [] : [ip(namespace, 'link', 'set', 'dev', name, rest)]),
    ];
  }
  const isOption = kind.lower?.in === 'data';
  const below = link.lower === undefined ? [] : [isOption ? 'dev' : 'link', link.lower.name];
  const words = ['link', 'add', ...(isOption ? [] : below), ...end(name, link)];
  const type = ['type', kind.name, ...(isOption ? below : []), ...options];
  const where = link.lower?.namespace;
  if (where === undefined) return [ip(namespace, words, type)];
  // From where the link below is, since that is named there. The host has no name to be put into.
  return namespace === HOST
    ? [ip(HOST, words, 'link-netns', where, type)]
    : [ip(where, words, 'netns', namespace, type)];
}

type End = NonNullable<CreateLink['peer']>;

/** Both ends at once. The host's namespace has no name to put the other end into, so it is made from there. */
function cable(near: End, far: End): string {
  const [a, b] = far.namespace === HOST ? [far, near] : [near, far];
  const elsewhere = a.namespace === b.namespace ? [] : ['netns', b.namespace];
  const kind = kindOfMade(a.link).name;
  return ip(a.namespace, 'link', 'add', end(a.name, a.link), 'type', kind, 'peer', end(b.name, b.link), elsewhere);
}

/** One queue each way costs a third less to make than one for each processor. */
const end = (name: string, link: LinkState): (string | number)[] => [
  'name',
  name,
  ...macWords(link),
  ...mtuWords(link),
  ...groupWords(link),
  'numtxqueues',
  1,
  'numrxqueues',
  1,
];

const macWords = ({ mac }: LinkState): (string | number)[] => (mac === undefined ? [] : ['address', mac]);
const mtuWords = (link: LinkState): (string | number)[] => (link.mtu === kindOfMade(link).mtu ? [] : ['mtu', link.mtu]);
const groupWords = ({ group }: LinkState): (string | number)[] => (group === undefined ? [] : ['group', group]);

export function changeLink({ namespace, name, kind, masterKind, change }: ChangeLink): string[] {
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
    ...(options === undefined ? [] : [set('type', kind, optionWords(kindOf(kind).options, options))]),
    ...(changed.length === 0 ? [] : [set(changed)]),
    // Settings of a port can only be made on a port.
    ...(port === undefined || masterKind === undefined
      ? []
      : [set('type', `${masterKind}_slave`, optionWords(portOptionsOf(masterKind), port))]),
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

const changedWords = ({ mac, mtu, group, master, up }: LinkChange): (string | number)[] => [
  ...(mac === undefined ? [] : ['address', mac]),
  ...(mtu === undefined ? [] : ['mtu', mtu]),
  ...(group === undefined ? [] : ['group', group]),
  ...(master === undefined ? [] : master === '' ? ['nomaster'] : ['master', master]),
  ...(up === undefined ? [] : [up ? 'up' : 'down']),
];

export const deleteLink = ({ namespace, name }: DeleteLink): string[] => [ip(namespace, 'link', 'del', 'dev', name)];
