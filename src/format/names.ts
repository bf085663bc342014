import { hash64 } from '../addr/index.ts';

/** The format of the names of labs, nodes and networks. */
export const NAME = /^[a-z0-9][a-z0-9-]*$/;
/** A name of digits only: read as an IPv4 address (`ping 5`), and not kept in order by JavaScript objects. */
export const DIGITS = /^[0-9]+$/;
export const LAB_NAME_MAX = 32;

/** True if a lab can have this name. */
export const isLabName = (name: string): boolean => NAME.test(name) && name.length <= LAB_NAME_MAX;

/** The maximum length of a label of a host name (RFC 1035). `LAB.NODE` is then well below the limit for file names. */
export const NODE_NAME_MAX = 63;
export const NETWORK_NAME_MAX = 63;

/** Names with another meaning in hosts files or expectations. */
export const RESERVED_NODES: ReadonlySet<string> = new Set(['host', 'localhost', 'ip6-localhost']);
/** `uplink` and `host` are a lab's own; `lo` is the loopback; `all` and `default` are sysctl directories. */
export const RESERVED_NETWORKS: ReadonlySet<string> = new Set(['uplink', 'host', 'lo', 'all', 'default']);

/** IFNAMSIZ without the final NUL. */
const INTERFACE_NAME_MAX = 15;

/** Why an interface name is invalid; undefined if it is valid. */
export function interfaceNameFault(name: string): string | undefined {
  const length = Buffer.byteLength(name);
  if (length === 0) return 'an interface name must not be empty';
  if (length > INTERFACE_NAME_MAX) {
    return `the interface name "${name}" is ${length} characters long; Linux allows ${INTERFACE_NAME_MAX}`;
  }
  // eslint-disable-next-line no-control-regex
  const invalid = /[/:%\s\u0000-\u001f]/.exec(name);
  if (invalid !== null)
    return `the interface name "${name}" contains ${JSON.stringify(invalid[0])}, which Linux does not allow`;
  // Linux accepts any bytes, but programs print and parse bytes beyond ASCII in different ways.
  const notAscii = /[^!-~]/u.exec(name);
  if (notAscii !== null)
    return `the interface name "${name}" contains ${JSON.stringify(notAscii[0])}; use ASCII letters, digits and punctuation`;
  if (name === '.' || name === '..' || name === 'all' || name === 'default') {
    return `the interface name "${name}" is reserved by Linux`;
  }
  if (name === 'lo') return 'the interface name "lo" is taken by the loopback';
  return undefined;
}

/** An interface name and, if the label is too long for it, the label as an alternative name. */
export interface LinkName {
  readonly name: string;
  readonly altNames?: readonly string[];
}

/** Allocates the interface names of one namespace. */
export class LinkNames {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** Returns the label if it is free and short enough, or a name made of its beginning and its hash. */
  take(label: string): LinkName {
    const free = !this.#taken.has(label);
    if (free && Buffer.byteLength(label) <= INTERFACE_NAME_MAX) {
      this.#taken.add(label);
      return { name: label };
    }
    let name = shortened(label);
    for (let salt = 1; this.#taken.has(name); salt++) name = shortened(label, salt);
    this.#taken.add(name);
    // Names and alternative names share one name space: a label in use cannot be an alternative name.
    if (!free) return { name };
    this.#taken.add(label);
    return { name, altNames: [label] };
  }
}

function shortened(label: string, salt?: number): string {
  return `${label.slice(0, 6)}-${hashText(salt === undefined ? label : `${label}\0${salt}`)}`;
}

/** Hashes a text to eight characters. */
function hashText(text: string): string {
  return hash64(text)
    .map((half) => (half % 36 ** 4).toString(36).padStart(4, '0'))
    .join('');
}

/** Returns `label` if it is short enough for an interface name, or `prefix` with the hash of `label`. */
export function fittingName(label: string, prefix: string): string {
  return label.length <= INTERFACE_NAME_MAX ? label : `${prefix}${hashText(label)}`;
}
