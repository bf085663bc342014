import type { FirewallInput } from '../../src/library/index.ts';
import type { Random } from '../fuzz/random.ts';

type ChainInput = Exclude<FirewallInput['input'], string | undefined>;
type Entry = Exclude<NonNullable<ChainInput['allow']>[number], string>;

const PORTS = [22, 53, 80, '80-90', '85-95', '1-1023', '1024-65535', 443];
const TYPES = ['echo-request', 'time-exceeded', 'packet-too-big'] as const;

/** A policy of which nobody has thought. Its rules overlap; `peers` are the names and prefixes that it may use. */
export function randomFirewall(r: Random, peers: readonly string[]): FirewallInput {
  const several = <T>(of: readonly T[]): T | T[] => (r.oneIn(2) ? r.pick(of) : [r.pick(of), r.pick(of), r.pick(of)]);
  // One family on either side at least: what is of both is one of peers' own.
  const family = r.oneIn(2) ? /^[^:]*$/ : /^[^.]*$/;
  const known = peers.filter((peer) => family.test(peer));
  const entry = (): Entry => ({
    ...(r.oneIn(2) && known.length > 0 ? { from: several(known) } : {}),
    ...(r.oneIn(3) && known.length > 0 ? { to: several(known) } : {}),
    ...(r.oneIn(2) ? { tcp: r.oneIn(5) ? (true as const) : several(PORTS) } : {}),
    ...(r.oneIn(3) ? { udp: several(PORTS) } : {}),
    ...(r.oneIn(6) ? { icmp: r.oneIn(2) ? (true as const) : ['echo-request' as const, r.pick(TYPES)] } : {}),
    ...(r.oneIn(9) ? { protocol: 'gre' as const } : {}),
  });
  const list = (): Entry[] => Array.from({ length: r.below(4) }, entry);
  const verdict = () => r.pick(['allow', 'deny', 'reject'] as const);
  const chain = (): ChainInput | 'allow' | 'deny' | 'reject' => {
    if (r.oneIn(6)) return verdict();
    const settings = {
      ...(r.oneIn(2) ? { default: verdict() } : {}),
      ...(r.oneIn(9) ? { log: true } : {}),
    };
    if (r.oneIn(3)) return { ...settings, rules: Array.from({ length: r.below(5) }, () => ({ [verdict()]: entry() })) };
    return {
      ...settings,
      ...(r.oneIn(2) ? { deny: list() } : {}),
      ...(r.oneIn(4) ? { reject: list() } : {}),
      ...(r.oneIn(5) ? {} : { allow: list() }),
    };
  };
  return {
    ...(r.oneIn(4) ? {} : { input: chain() }),
    ...(r.oneIn(2) ? { forward: chain() } : {}),
    ...(r.oneIn(3) ? { output: chain() } : {}),
  };
}
