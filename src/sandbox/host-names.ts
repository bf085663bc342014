import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Ip } from '../addr/index.ts';
import { libc, O_CLOEXEC, O_PATH } from '../ffi/index.ts';
import {
  DNS_PORT,
  parsedFile,
  type HostsFile,
  type NameServer,
  parseHosts,
  parseResolvConf,
  type ResolvConf,
} from '../names/index.ts';
import { HOST_ETC, isRootless, UPLINK_RESOLVER } from '../rootless/index.ts';
import { isOnLoopback } from './options.ts';
import { descriptorPath } from '../proc/index.ts';

/** A domain that can be written into a line of resolv.conf(5). */
const DOMAIN = /^[A-Za-z0-9._-]+$/;
const DEFAULTS = { ndots: 1, timeout: 5000, attempts: 2 };

/**
 * The real path of a file in /etc. In the user namespace of the labs, that of the host's /etc: the user, and so a
 * command, can change the /etc of the user namespace.
 */
function fileOf(name: string): string {
  const path = `${isRootless() ? HOST_ETC : '/etc'}/${name}`;
  try {
    const target = resolve('/etc', readlinkSync(path));
    return realpathSync(isRootless() && target.startsWith('/etc/') ? target.replace('/etc', HOST_ETC) : target);
  } catch {
    // It is not a link, or its target does not exist.
    return path;
  }
}

/**
 * Resolves names as this host does: by its /etc/hosts at the time when the sandbox was created, and by its current
 * /etc/resolv.conf.
 *
 * A command can be root, rename directories, change links and create files. So the file that existed at the start is
 * followed, by a descriptor of its directory: where the command runs, that file is covered.
 */
export class MachineNames implements Disposable {
  readonly #folder: number | undefined;
  readonly #resolvConf: () => ResolvConf;
  readonly #hosts: HostsFile;

  constructor() {
    const file = fileOf('resolv.conf');
    if (existsSync(file)) this.#folder = libc.open(dirname(file), O_PATH | O_CLOEXEC);
    const paths = this.#folder === undefined ? [] : [`${descriptorPath(this.#folder)}/${basename(file)}`];
    this.#resolvConf = parsedFile(paths, parseResolvConf);
    this.#hosts = parsedFile([fileOf('hosts')], parseHosts)();
  }

  /**
   * The name servers. In the user namespace of the labs, those on the host's loopback are replaced by the forwarder of
   * the uplink.
   */
  get servers(): readonly NameServer[] {
    const { nameservers, tcp } = this.#resolvConf();
    const addresses = nameservers.map((address) =>
      isRootless() && isOnLoopback({ address }) ? UPLINK_RESOLVER : address,
    );
    return [...new Set(addresses)].map((address) => ({ address, port: DNS_PORT, tcp }));
  }

  /** The domains that complete a name with fewer dots than `ndots`, and other names only if they do not exist. */
  get search(): { readonly domains: readonly string[]; readonly ndots: number } {
    const { search, ndots } = this.#resolvConf();
    return { domains: search.filter((domain) => DOMAIN.test(domain)).map((domain) => domain.toLowerCase()), ndots };
  }

  /** The addresses of a name in lower case in /etc/hosts; undefined if it is not there. */
  inHosts(name: string): readonly Ip[] | undefined {
    return this.#hosts.addresses.get(name);
  }

  [Symbol.dispose](): void {
    if (this.#folder !== undefined) libc.close(this.#folder);
  }

  /** The /etc/resolv.conf of a command, whose name server is on its own loopback. */
  get resolvConf(): string {
    const conf = this.#resolvConf();
    const { domains } = this.search;
    const options = [
      ...(conf.ndots === DEFAULTS.ndots ? [] : [`ndots:${conf.ndots}`]),
      ...(conf.timeout === DEFAULTS.timeout ? [] : [`timeout:${conf.timeout / 1000}`]),
      ...(conf.attempts === DEFAULTS.attempts ? [] : [`attempts:${conf.attempts}`]),
    ];
    return [
      'nameserver 127.0.0.1',
      ...(domains.length === 0 ? [] : [`search ${domains.join(' ')}`]),
      ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
      '',
    ].join('\n');
  }
}
