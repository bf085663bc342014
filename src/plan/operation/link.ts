import type { Mac } from '../../addr/index.ts';
import { listed } from '../../base/index.ts';
import {
  kindOf,
  creatableKind,
  optionWords,
  portOptionsOf,
  type AnyOptions,
  type KindName,
  type MasterKind,
} from '../../kinds/index.ts';
import { nodeOf, HOST, type InetConf, type LinkState, type NamespaceName } from '../../state/index.ts';
import { at, place } from '../place.ts';
import { ip, type Words } from '../shell.ts';
import { linkKey, type Family, type In } from './family.ts';
import { interfaceSetting, writeSettings } from './sysctl.ts';

/** Creates a link. For a veth it creates both ends; the peer gets its name, MAC address and MTU, and is down. */
export interface CreateLink extends In {
  readonly op: 'create-link';
  readonly name: string;
  readonly link: LinkState;
  readonly peer?: { readonly namespace: NamespaceName; readonly name: string; readonly link: LinkState };
  /** Why an existing link of that name is deleted first: `its kind is dummy, not veth`. */
  readonly replaces?: string;
}

/** Settings of a link to change; absent members stay unchanged. */
export interface LinkChange {
  readonly up?: boolean;
  readonly mtu?: number;
  readonly mac?: Mac;
  readonly group?: number;
  /** The empty string removes it from its master (`nomaster`). */
  readonly master?: string;
  readonly addAltNames?: readonly string[];
  readonly deleteAltNames?: readonly string[];
  readonly inet?: InetConf;
  readonly addrGenMode?: NonNullable<LinkState['addrGenMode']>;
  readonly options?: AnyOptions;
  readonly port?: AnyOptions;
}

/** Changes settings of a link. */
export interface ChangeLink extends In {
  readonly op: 'change-link';
  readonly name: string;
  /** The kind of the link, which determines the encoding of `options`. */
  readonly kind: KindName;
  /** The kind of its master, which determines the encoding of `port`. */
  readonly masterKind?: MasterKind;
  readonly change: LinkChange;
}

/** Deletes a link. The kernel also deletes its peer and its upper links. */
export interface DeleteLink extends In {
  readonly op: 'delete-link';
  readonly name: string;
}

export type LinkOperation = CreateLink | ChangeLink | DeleteLink;

export const linkOperations: Family<LinkOperation> = {
  'create-link': {
    change: 'add',
    describe: describeNew,
    explain: explainNew,
    render: createLink,
    subject: ({ name }) => `link ${name}`,
    links: ({ namespace, name, peer }) => [
      linkKey(namespace, name),
      ...(peer === undefined ? [] : [linkKey(peer.namespace, peer.name)]),
    ],
    reaches: ({ peer, link }) => [peer, link.lower].flatMap((other) => other?.namespace ?? []),
    section: cableSection,
    covers: 'links',
  },
  'change-link': {
    change: 'change',
    describe: describeChange,
    explain: explainChange,
    render: changeLink,
    subject: ({ name, change }) => ['link', name, ...Object.keys(change)].join(' '),
    links: ({ namespace, name }) => [linkKey(namespace, name)],
    split: (op) =>
      Object.keys(op.change).map((member) => ({
        ...op,
        change: { [member]: op.change[member as keyof LinkChange] } as LinkChange,
      })),
    join: (parts) => ({
      ...parts[0],
      change: Object.assign({}, ...parts.map(({ change }) => change)) as LinkChange,
    }),
  },
  'delete-link': {
    change: 'remove',
    describe: ({ namespace, name }) => `delete link ${name} ${at(namespace)}`,
    explain: () => 'Deleting one end of a veth pair deletes both.',
    render: ({ namespace, name }) => [ip(namespace, 'link', 'del', 'dev', name)],
    subject: ({ name }) => `link ${name}`,
    links: ({ namespace, name }) => [linkKey(namespace, name)],
    covers: 'links',
    mayBeGone: true,
  },
};

/** A cable between a node and a switch belongs to the section of the node. */
function cableSection({ namespace, peer }: CreateLink): NamespaceName {
  if (peer === undefined || nodeOf(namespace) !== undefined || nodeOf(peer.namespace) === undefined) return namespace;
  return peer.namespace;
}

// --- in words --------------------------------------------------------------------------------------------------------

function describeNew({ namespace, name, link, peer, replaces }: CreateLink): string {
  const reason = replaces === undefined ? '' : `, replacing the old one: ${replaces}`;
  if (peer === undefined) return `${describeLink(link, name, namespace)}${reason}`;
  // The node comes first, the switch last.
  const near = cableEnd(namespace, name, link.master);
  const far = cableEnd(peer.namespace, peer.name, peer.link.master);
  return `cable ${link.master === undefined ? `${near} ↔ ${far}` : `${far} ↔ ${near}`}${reason}`;
}

function describeLink(link: LinkState, name: string, namespace: string): string {
  const { labNoun } = creatableKind(link);
  return labNoun !== undefined && nodeOf(namespace) === undefined && namespace !== HOST
    ? `create ${labNoun} ${name}`
    : `create ${link.kind} ${name} ${at(namespace)}`;
}

const cableEnd = (namespace: string, name: string, master: string | undefined): string =>
  master === undefined || nodeOf(namespace) !== undefined ? `${place(namespace)} ${name}` : `switch ${master}`;

function explainNew({ namespace, link, peer }: CreateLink): string {
  if (peer === undefined) {
    return creatableKind(link).explanation ?? `An interface of kind ${link.kind}.`;
  }
  if (peer.namespace === HOST || namespace === HOST)
    return 'A veth pair is a virtual cable: this one connects the lab to the host.';
  return link.master === undefined
    ? 'A veth pair is a virtual cable: packets sent on one end are received on the other.'
    : 'A veth pair is a virtual cable: one end is in the node, the other is a port of the switch.';
}

function describeChange({ namespace, name, change }: ChangeLink): string {
  const { up, ...rest } = change;
  const other = changes(rest);
  const where = `${name} ${at(namespace)}`;
  if (other.length === 0) return `bring ${where} ${up === false ? 'down' : 'up'}`;
  return `set ${listed([...other, ...(up === undefined ? [] : [up ? 'up' : 'down'])])} for ${where}`;
}

function changes({
  mtu,
  mac,
  group,
  master,
  addAltNames,
  deleteAltNames,
  inet,
  addrGenMode,
  options,
  port,
}: LinkChange): string[] {
  return [
    ...(mtu === undefined ? [] : [`MTU ${mtu}`]),
    ...(mac === undefined ? [] : [`MAC address ${mac}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(master === undefined ? [] : [master === '' ? 'no master' : `master ${master}`]),
    ...(inet === undefined ? [] : [`IPv4 forwarding ${inet.forwarding ? 'on' : 'off'}`, `rp_filter ${inet.rpFilter}`]),
    ...(inet?.acceptRedirects === undefined ? [] : [`accept_redirects ${inet.acceptRedirects ? 1 : 0}`]),
    ...(addrGenMode === undefined ? [] : [`IPv6 address generation ${addrGenMode}`]),
    ...Object.entries({ ...options, ...port }).map(([key, value]) => `${key} ${value}`),
    ...(deleteAltNames === undefined ? [] : [`no altname ${listed(deleteAltNames)}`]),
    ...(addAltNames === undefined ? [] : [`altname ${listed(addAltNames)}`]),
  ];
}

function explainChange({ namespace, name, change }: ChangeLink): string {
  if (name === 'lo') return 'The loopback interface of a new namespace is down; 127.0.0.1 works only when it is up.';
  if (change.port !== undefined)
    return 'Isolated ports cannot reach each other: nodes share the uplink, but not a network.';
  return change.up === false
    ? `Interfaces ${at(namespace)} that are set down.`
    : 'New interfaces are down. Forwarding and rp_filter, which they inherit from the host, are set explicitly.';
}

// --- as commands of ip-link(8) ---------------------------------------------------------------------------------------

const ADDR_GEN_MODES = { eui64: 'eui64', none: 'none', 'stable-privacy': 'stable_secret', random: 'random' } as const;

function createLink({ namespace, name, link, peer }: CreateLink): string[] {
  const attached = [...(link.master === undefined ? [] : ['master', link.master]), ...(link.up ? ['up'] : [])];
  return [
    ...(peer === undefined ? single(namespace, name, link) : [cable({ namespace, name, link }, peer)]),
    ...(attached.length === 0 ? [] : [ip(namespace, 'link', 'set', 'dev', name, attached)]),
  ];
}

function single(namespace: NamespaceName, name: string, link: LinkState): string[] {
  const kind = creatableKind(link);
  const options = optionWords(kind.options, link.options);
  if (kind.madeBy === 'tun device') {
    const rest = [...macWords(link), ...mtuWords(link), ...groupWords(link)];
    return [
      ip(namespace, 'tuntap', 'add', 'dev', name, options),
      ...(rest.length === 0 ? [] : [ip(namespace, 'link', 'set', 'dev', name, rest)]),
    ];
  }
  const isOption = kind.lower?.in === 'data';
  const lowerWords = link.lower === undefined ? [] : [isOption ? 'dev' : 'link', link.lower.name];
  const words = ['link', 'add', ...(isOption ? [] : lowerWords), ...end(name, link)];
  const type = ['type', kind.name, ...(isOption ? lowerWords : []), ...options];
  const where = link.lower?.namespace;
  if (where === undefined) return [ip(namespace, words, type)];
  // The command runs in the namespace of the lower link, since it names that link. The host has no name for `netns`.
  return namespace === HOST
    ? [ip(HOST, words, 'link-netns', where, type)]
    : [ip(where, words, 'netns', namespace, type)];
}

type End = NonNullable<CreateLink['peer']>;

/** Both ends at once. The host's namespace has no name for `netns`, so a cable to the host is created from there. */
function cable(near: End, far: End): string {
  const [a, b] = far.namespace === HOST ? [far, near] : [near, far];
  const netns = a.namespace === b.namespace ? [] : ['netns', b.namespace];
  const kind = creatableKind(a.link).name;
  return ip(a.namespace, 'link', 'add', end(a.name, a.link), 'type', kind, 'peer', end(b.name, b.link), netns);
}

/** Creating one queue for each direction takes a third less time than one for each processor. */
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
const mtuWords = (link: LinkState): (string | number)[] =>
  link.mtu === creatableKind(link).mtu ? [] : ['mtu', link.mtu];
const groupWords = ({ group }: LinkState): (string | number)[] => (group === undefined ? [] : ['group', group]);

function changeLink({ namespace, name, kind, masterKind, change }: ChangeLink): string[] {
  const set = (...words: readonly Words[]): string => ip(namespace, 'link', 'set', 'dev', name, ...words);
  const { addrGenMode, inet, options, port, addAltNames = [], deleteAltNames = [] } = change;
  const changed = changedWords(change);
  return [
    // Must precede `up`: as the link comes up, the kernel generates the IPv6 link-local address.
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
    // Port settings need a port: the link must have its master first.
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
