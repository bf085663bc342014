import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ipAnswers, ipBatch, parseList, runAll } from './command.ts';
import { eventually } from './eventually.ts';
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

const LINKS = ipBatch('-d', ['link', 'address']);
const [OF_IPV4, OF_IPV6] = ['-4', '-6'].map((family) => ipBatch(family, ['route show table all', 'rule']));

/** What programs print of each part, and how that is read. */
const PRINTED: Readonly<Record<string, readonly [command: string, read: (text: string) => string[]]>> = {
  links: [LINKS, first],
  addresses: [LINKS, second],
  'IPv4 routes': [OF_IPV4!, first],
  'IPv6 routes': [OF_IPV6!, first],
  'IPv4 rules': [OF_IPV4!, second],
  'IPv6 rules': [OF_IPV6!, second],
  nftables: ['nft -j list ruleset', (text) => withoutHandles(text).map((item) => JSON.stringify(item))],
  settings: [`grep -H . ${SETTINGS.join(' ')} 2>/dev/null`, lines],
  mounts: [`grep -E ' /(run/netns|run/netwright|etc/netns)' /proc/self/mounts`, (text) => lines(text).toSorted()],
};

const SEEN: Readonly<Record<string, () => string[]>> = {
  'entries of /run/netns': () => entries('/run/netns'),
  'entries of /run/netwright': () => entries('/run/netwright'),
  'entries of /etc/netns': () => entries('/etc/netns'),
  'processes in namespaces': ownProcesses,
  'open descriptors': descriptors,
};

export function snapshotHost(): HostSnapshot {
  return look([...Object.keys(PRINTED), ...Object.keys(SEEN)]);
}

function look(parts: readonly string[]): HostSnapshot {
  const asked = parts.filter((part) => part in PRINTED);
  const commands = [...new Set(asked.map((part) => PRINTED[part]![0]))];
  const printed = runAll(commands);
  const read = asked.map((part) => {
    const [command, readPart] = PRINTED[part]!;
    return [part, readPart(printed[commands.indexOf(command)]!)] as const;
  });
  const seen = parts.filter((part) => part in SEEN).map((part) => [part, SEEN[part]!()] as const);
  return Object.fromEntries([...read, ...seen]);
}

/**
 * Fails with what differs. A process that has been told to end, or an end of a cable in a namespace that is going, may
 * take a moment to be gone: the kernel takes those of the whole machine apart one after the other. Meanwhile only what
 * differed is looked at, and everything once more in the end.
 */
export async function assertUnchanged(before: HostSnapshot, except: readonly string[] = []): Promise<void> {
  const all = Object.keys(before).filter((part) => !except.includes(part));
  let parts = all;
  let after: HostSnapshot = {};
  const isAsBefore = (): boolean => {
    const isAll = parts === all;
    after = look(parts);
    const different = parts.filter((part) => !isDeepStrictEqual(after[part], before[part]));
    parts = different.length > 0 ? different : all;
    return different.length === 0 && (isAll || isAsBefore());
  };
  try {
    await eventually(isAsBefore, Boolean, 'the host is not as it was', 50);
  } catch (error) {
    for (const part of parts) assert.deepEqual(after[part], before[part], `the host is not as it was: ${part}`);
    throw error;
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

/** Of two answers of ip. */
function first(said: string): string[] {
  return items(ipAnswers(said, 2)[0]!);
}

function second(said: string): string[] {
  return items(ipAnswers(said, 2)[1]!);
}

function items(json: string): string[] {
  return parseList(json).map((item) =>
    JSON.stringify(item, (key, value: unknown) => (PASSING.has(key) ? undefined : value)),
  );
}

function lines(text: string): string[] {
  return text.trim().split('\n');
}

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
