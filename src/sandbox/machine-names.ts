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

/** Domains and options as they may stand in a line of resolv.conf(5). */
const DOMAIN = /^[A-Za-z0-9._-]+$/;
const DEFAULTS = { ndots: 1, timeout: 5000, attempts: 2 };

/** Where a file of /etc really is. In a rootless world it is the machine's: the world's own is its user's, and a command's, to change. */
function fileOf(name: string): string {
  const path = `${isRootless() ? HOST_ETC : '/etc'}/${name}`;
  try {
    const target = resolve('/etc', readlinkSync(path));
    return realpathSync(isRootless() && target.startsWith('/etc/') ? target.replace('/etc', HOST_ETC) : target);
  } catch {
    // It is no link, or leads to a file that is not there.
    return path;
  }
}

/**
 * How this machine finds names: what its /etc/hosts said when the sandbox was made, and its /etc/resolv.conf says whenever it
 * is asked.
 *
 * A command may be root, move folders, lead links elsewhere, and make files that were not there. So what is followed is the file
 * that there was, by the folder it is in: that file is covered where the command runs.
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

  /** The name servers. Those on the machine's loopback are asked by the way out, where a world has one. */
  get servers(): readonly NameServer[] {
    const { nameservers, tcp } = this.#resolvConf();
    const addresses = nameservers.map((address) =>
      isRootless() && isOnLoopback({ address }) ? UPLINK_RESOLVER : address,
    );
    return [...new Set(addresses)].map((address) => ({ address, port: DNS_PORT, tcp }));
  }

  /** The domains that are tried after a name with fewer dots than `ndots`, and otherwise when there is no such name. */
  get search(): { readonly domains: readonly string[]; readonly ndots: number } {
    const { search, ndots } = this.#resolvConf();
    return { domains: search.filter((domain) => DOMAIN.test(domain)).map((domain) => domain.toLowerCase()), ndots };
  }

  /** The addresses that /etc/hosts has for a name in lower case; undefined when it is not there. */
  inHosts(name: string): readonly Ip[] | undefined {
    return this.#hosts.addresses.get(name);
  }

  [Symbol.dispose](): void {
    if (this.#folder !== undefined) libc.close(this.#folder);
  }

  /** What /etc/resolv.conf says for a command whose name server is on its own loopback. */
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
