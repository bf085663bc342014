import { hash64 } from '../addr/index.ts';

/** What the names of labs, nodes and networks look like. */
export const NAME = /^[a-z0-9][a-z0-9-]*$/;
/** Names of digits alone are read as IPv4 addresses (`ping 5`), and JavaScript objects do not keep them in order. */
export const DIGITS = /^[0-9]+$/;
export const LAB_NAME_MAX = 32;
/** The longest label of a host name (RFC 1035). `LAB.NODE` then fits a file name with room to spare. */
export const NODE_NAME_MAX = 63;
export const NETWORK_NAME_MAX = 63;

/** Names that hosts files, expectations or the lab's own interfaces need for themselves. */
export const RESERVED_NODES: ReadonlySet<string> = new Set(['host', 'localhost', 'ip6-localhost']);
/** Besides the lab's own, those the kernel has no interface by: `lo` is taken, the others are directories of sysctls. */
export const RESERVED_NETWORKS: ReadonlySet<string> = new Set(['uplink', 'host', 'lo', 'all', 'default']);

/** IFNAMSIZ without its final zero byte. */
const INTERFACE_NAME_MAX = 15;

/** What is wrong with an interface's name, for the kernel, or nothing. */
export function interfaceNameFault(name: string): string | undefined {
  const length = Buffer.byteLength(name);
  if (length === 0) return 'an interface name must not be empty';
  if (length > INTERFACE_NAME_MAX) {
    return `the interface name "${name}" is ${length} characters long; Linux allows ${INTERFACE_NAME_MAX}`;
  }
  // eslint-disable-next-line no-control-regex
  const bad = /[/:%\s\u0000-\u001f]/.exec(name);
  if (bad !== null)
    return `the interface name "${name}" contains ${JSON.stringify(bad[0])}, which Linux does not allow`;
  // Linux takes any bytes, but programs differ in how they show and read those beyond ASCII.
  const odd = /[^!-~]/u.exec(name);
  if (odd !== null)
    return `the interface name "${name}" contains ${JSON.stringify(odd[0])}; use ASCII letters, digits and punctuation`;
  if (name === '.' || name === '..' || name === 'all' || name === 'default') {
    return `the interface name "${name}" is reserved by Linux`;
  }
  if (name === 'lo') return 'the interface name "lo" is taken by the loopback';
  return undefined;
}

/** An interface's name and, where the label it should have does not fit or is taken, the alternative name. */
export interface LinkName {
  readonly name: string;
  readonly altNames?: readonly string[];
}

/** Gives out the interface names of one namespace. */
export class LinkNames {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** The label itself where it fits, or else a name made of its beginning and its hash. */
  take(label: string): LinkName {
    const free = !this.#taken.has(label);
    if (free && Buffer.byteLength(label) <= INTERFACE_NAME_MAX) {
      this.#taken.add(label);
      return { name: label };
    }
    let name = shortened(label);
    for (let salt = 1; this.#taken.has(name); salt++) name = shortened(label, salt);
    this.#taken.add(name);
    // One name space holds names and alternative names: a label that is taken cannot be either.
    if (!free) return { name };
    this.#taken.add(label);
    return { name, altNames: [label] };
  }
}

function shortened(label: string, salt?: number): string {
  return `${label.slice(0, 6)}-${hashText(salt === undefined ? label : `${label}\0${salt}`)}`;
}

/** Eight characters that stand for a longer text. */
function hashText(text: string): string {
  return hash64(text)
    .map((half) => (half % 36 ** 4).toString(36).padStart(4, '0'))
    .join('');
}

/** `label` if it fits an interface name, or `prefix` and its hash. */
export function fittingName(label: string, prefix: string): string {
  return label.length <= INTERFACE_NAME_MAX ? label : `${prefix}${hashText(label)}`;
}
