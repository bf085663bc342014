import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { namespaceFile, numericSysctl, programInPath, readSysctl, readText, statusOf } from '../proc/index.ts';

/** The properties of the host that decide whether its users can have labs without root. */
export interface RootlessFacts {
  /** True if the kernel was built with user namespaces (CONFIG_USER_NS). */
  readonly userNamespaces: boolean;
  /** sysctls by name; absent if the kernel does not have them. */
  readonly sysctls: Readonly<Partial<Record<(typeof SYSCTLS)[number], number>>>;
  /** True if a seccomp filter is in force, as in containers (proc_pid_status(5)). */
  readonly seccomp: boolean;
  /** True if programs cannot gain privileges, as newuidmap must (PR_SET_NO_NEW_PRIVS). */
  readonly noNewPrivileges: boolean;
  /** Which of {@link NEEDED_PROGRAMS}, {@link ID_PROGRAMS} and {@link UPLINK_PROGRAMS} are installed. */
  readonly programs: ReadonlySet<string>;
  readonly user: string;
  /** True if the user has ranges in both /etc/subuid and /etc/subgid. */
  readonly subordinateIds: boolean;
  /** /dev/net/tun, which the uplink needs; `closed` if the user may not open it. */
  readonly tun: 'ok' | 'absent' | 'closed';
  /** True if the user may open ICMP echo sockets (icmp(7), ping_group_range). */
  readonly ping: boolean;
  /** The result of a test with new namespaces, and what unshare(1) printed. Absent without a test. */
  readonly trial?: { readonly worked: boolean; readonly said: string };
}

const SYSCTLS = [
  'user.max_user_namespaces',
  'user.max_net_namespaces',
  'user.max_mnt_namespaces',
  'kernel.unprivileged_userns_clone',
  'kernel.apparmor_restrict_unprivileged_userns',
] as const;

/** Programs of util-linux and coreutils that labs without root need. */
export const NEEDED_PROGRAMS = ['unshare', 'nsenter', 'setsid', 'flock', 'sleep'] as const;
/** Programs that map more than one id into a user namespace: newuidmap(1), newgidmap(1). */
export const ID_PROGRAMS = ['newuidmap', 'newgidmap'] as const;
/** Programs that forward traffic between a user namespace and the host's network. The first one installed is used. */
export const UPLINK_PROGRAMS = ['pasta', 'slirp4netns'] as const;

/**
 * Reads all of them, for this host and this user.
 * @param options `trial`: create the namespaces as a test, with a program that ends at once
 */
export function rootlessFacts(options: { readonly trial: boolean }): RootlessFacts {
  const status = statusOf('self');
  const programs = new Set(
    [...NEEDED_PROGRAMS, ...ID_PROGRAMS, ...UPLINK_PROGRAMS].filter((name) => programInPath(name) !== undefined),
  );
  const user = userName();
  return {
    userNamespaces: existsSync(namespaceFile('self', 'user')),
    sysctls: Object.fromEntries(SYSCTLS.flatMap((key) => sysctlEntry(key))),
    seccomp: status.get('Seccomp') === '2',
    noNewPrivileges: status.get('NoNewPrivs') === '1',
    programs,
    user,
    subordinateIds: ['/etc/subuid', '/etc/subgid'].every((file) => hasRange(readText(file) ?? '', user)),
    tun: tunDevice(),
    ping: canPing(),
    ...(options.trial && programs.has('unshare') ? { trial: tryNamespaces() } : {}),
  };
}

function sysctlEntry(key: string): [key: string, value: number][] {
  const value = numericSysctl(key);
  return value === undefined ? [] : [[key, value]];
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // The user id has no account.
    return String(process.getuid?.());
  }
}

/** True if the text of a subuid(5) file has a range for a user, by name or number. */
function hasRange(text: string, user: string): boolean {
  const names = [user, String(process.getuid?.())];
  return text.split('\n').some((line) => {
    const [name, start, count] = line.split(':');
    return name !== undefined && names.includes(name) && Number(start) > 0 && Number(count) > 0;
  });
}

function tunDevice(): RootlessFacts['tun'] {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return 'ok';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'closed';
  }
}

function canPing(): boolean {
  const [from = 1, to = 0] = (readSysctl('net.ipv4.ping_group_range') ?? '').split(/\s+/).map(Number);
  return [process.getgid!(), ...process.getgroups!()].some((group) => from <= group && group <= to);
}

function tryNamespaces(): NonNullable<RootlessFacts['trial']> {
  const { status, stderr, error } = spawnSync('unshare', [...NAMESPACES, '--map-root-user', '--', 'true'], {
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT,
  });
  return { worked: status === 0, said: (error?.message ?? stderr).trim() };
}

/** Milliseconds that the test may take. */
const TIMEOUT = 10_000;

/** The namespaces of labs without root, as options of unshare(1). Later mounts of the host appear in them (`slave`). */
export const NAMESPACES = ['--user', '--net', '--mount', '--uts', '--propagation', 'slave'] as const;
