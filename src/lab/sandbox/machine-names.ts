import type { Ip } from '../../addr/index.ts';
import { followed, parseHosts, parseResolvConf } from '../../names/index.ts';
import { ETC_BEFORE, inWorld, UPLINK_RESOLVER } from '../rootless/world.ts';
import { DNS_PORT, isOnLoopback } from './options.ts';
import type { Server } from './upstream.ts';

/** Domains and options as they may stand in a line of resolv.conf(5). */
const DOMAIN = /^[A-Za-z0-9._-]+$/;
const DEFAULTS = { ndots: 1, timeout: 5000, attempts: 2 };

/** How this machine finds names: what its /etc/hosts and /etc/resolv.conf say whenever they are asked. */
export class MachineNames {
  readonly #resolvConf = followed(
    // In a rootless world it is that of the machine: the world's own says what was so when it was made.
    inWorld() ? [`${ETC_BEFORE}/resolv.conf`, '/etc/resolv.conf'] : ['/etc/resolv.conf'],
    parseResolvConf,
  );
  readonly #hosts = followed(['/etc/hosts'], parseHosts);

  /** The name servers. Those on the machine's loopback are asked by the way out, where a world has one. */
  get servers(): readonly Server[] {
    const { nameservers, tcp } = this.#resolvConf();
    const addresses = nameservers.map((address) =>
      inWorld() && isOnLoopback({ address }) ? UPLINK_RESOLVER : address,
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
    return this.#hosts().addresses.get(name);
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
