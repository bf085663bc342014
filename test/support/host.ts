import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseList, runAll } from './command.ts';
import { withoutHandles } from './nft-json.ts';

/** Everything of the machine that a test must leave as it was, one text for each thing. */
export type HostSnapshot = Readonly<Record<string, readonly string[]>>;

const SETTINGS = [
  '/proc/sys/net/ipv4/ip_forward',
  '/proc/sys/net/ipv4/conf/*/forwarding',
  '/proc/sys/net/ipv4/conf/*/accept_redirects',
  '/proc/sys/net/ipv4/conf/*/rp_filter',
  '/proc/sys/net/ipv6/conf/*/forwarding',
  '/proc/sys/net/ipv6/conf/default/addr_gen_mode',
];

export function snapshotHost(): HostSnapshot {
  const [links, addresses, routes4, routes6, rules4, rules6, ruleset, settings, mounts] = runAll([
    'ip -j -d link',
    'ip -j address',
    'ip -j -4 route show table all',
    'ip -j -6 route show table all',
    'ip -j -4 rule',
    'ip -j -6 rule',
    'nft -j list ruleset',
    `grep -H . ${SETTINGS.join(' ')} 2>/dev/null`,
    `grep -E ' /(run/netns|run/netwright|etc/netns)' /proc/self/mounts`,
  ]);
  return {
    'entries of /run/netns': entries('/run/netns'),
    'entries of /run/netwright': entries('/run/netwright'),
    'entries of /etc/netns': entries('/etc/netns'),
    links: items(links!),
    addresses: items(addresses!),
    'IPv4 routes': items(routes4!),
    'IPv6 routes': items(routes6!),
    'IPv4 rules': items(rules4!),
    'IPv6 rules': items(rules6!),
    nftables: withoutHandles(ruleset!).map((item) => JSON.stringify(item)),
    settings: settings!.trim().split('\n'),
    mounts: mounts!.trim().split('\n').toSorted(),
    'processes in namespaces': ownProcesses(),
    'open descriptors': descriptors(),
  };
}

/**
 * Fails with what differs. A process that has been told to end, or an end of a cable in a namespace that is going, may
 * take a moment to be gone: the kernel takes those of the whole machine apart one after the other.
 */
export async function assertUnchanged(before: HostSnapshot, except: readonly string[] = []): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const after = snapshotHost();
    const different = Object.keys(before).filter(
      (part) => !except.includes(part) && !isDeepStrictEqual(after[part], before[part]),
    );
    if (different.length === 0) return;
    if (performance.now() > deadline) {
      for (const part of different) assert.deepEqual(after[part], before[part], `the host is not as it was: ${part}`);
    }
    await sleep(50);
  }
}

const entries = (path: string): string[] => (existsSync(path) ? readdirSync(path).toSorted() : []);

/** What counts down, or is not the configuration's. */
const PASSING = new Set([
  'valid_life_time',
  'preferred_life_time',
  'expires',
  'gc_timer',
  'hello_timer',
  'tcn_timer',
  'topology_change_timer',
]);

const items = (json: string): string[] =>
  parseList(json).map((item) => JSON.stringify(item, (key, value: unknown) => (PASSING.has(key) ? undefined : value)));

/** What the programs that a test starts carry with them, and pass on to theirs. */
const MARK = 'NETWRIGHT_TEST_PROCESS';
process.env[MARK] = String(process.pid);

/** The processes that this test started, by whichever way, in network namespaces other than its own. */
function ownProcesses(): string[] {
  const here = readlinkSync('/proc/self/ns/net');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const net = readlinkSync(`/proc/${pid}/ns/net`);
        const marked = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${MARK}=${process.pid}`);
        return net === here || !marked ? [] : [`${pid} ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} ${net}`];
      } catch {
        return [];
      }
    })
    .toSorted();
}

/** What this process has open, as kinds and counts: numbers of sockets are never the same. */
export function descriptors(): string[] {
  const counts = new Map<string, number>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`).replace(/^(socket|pipe):.*/, '$1');
      // The descriptor that the folder is read through is gone by now, or is another's.
      if (!/^\/proc\/\d+\/fd$/.test(target)) counts.set(target, (counts.get(target) ?? 0) + 1);
    } catch {
      continue;
    }
  }
  return [...counts].map(([target, count]) => `${count} ${target}`).toSorted();
}
