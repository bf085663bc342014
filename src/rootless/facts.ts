import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { namespaceFile, numericSysctl, programInPath, readSysctl, readText, statusOf } from '../proc/index.ts';

/** What of a machine decides whether its users can have labs without root. */
export interface RootlessFacts {
  /** Whether the kernel was built with user namespaces. */
  readonly userNamespaces: boolean;
  /** Settings by name; absent where the kernel has none of that name. */
  readonly sysctls: Readonly<Partial<Record<(typeof SYSCTLS)[number], number>>>;
  /** Whether a seccomp filter is in force, as in containers (proc_pid_status(5)). */
  readonly seccomp: boolean;
  /** Whether programs cannot gain privileges, as newuidmap has to (PR_SET_NO_NEW_PRIVS). */
  readonly noNewPrivileges: boolean;
  /** Which of {@link PROGRAMS} are there. */
  readonly programs: ReadonlySet<string>;
  readonly user: string;
  /** Whether the user has ids set aside in /etc/subuid and in /etc/subgid. */
  readonly subordinateIds: boolean;
  /** /dev/net/tun, by which the way out is made. */
  readonly tun: 'ok' | 'absent' | 'closed';
  /** Whether the user may open sockets that send pings and nothing else (icmp(7), ping_group_range). */
  readonly ping: boolean;
  /** What came of making namespaces; absent where it was not tried. */
  readonly trial?: { readonly worked: boolean; readonly said: string };
}

const SYSCTLS = [
  'user.max_user_namespaces',
  'user.max_net_namespaces',
  'user.max_mnt_namespaces',
  'kernel.unprivileged_userns_clone',
  'kernel.apparmor_restrict_unprivileged_userns',
] as const;

/** Programs of util-linux without which there is nothing to be had. */
export const NEEDED_PROGRAMS = ['unshare', 'nsenter', 'setsid', 'flock', 'sleep'] as const;
/** Programs that give a user more than one id in a user namespace. */
export const ID_PROGRAMS = ['newuidmap', 'newgidmap'] as const;
/** Programs that carry traffic between a user's namespace and the host's network, the better one first. */
export const UPLINK_PROGRAMS = ['pasta', 'slirp4netns'] as const;

/**
 * Reads them all, of this machine and this user.
 * @param options `trial`: whether to make the namespaces, of a program that ends at once
 */
export function rootlessFacts(options: { readonly trial: boolean }): RootlessFacts {
  const status = statusOf('self');
  const programs = new Set(
    [...NEEDED_PROGRAMS, ...ID_PROGRAMS, ...UPLINK_PROGRAMS].filter((name) => programInPath(name) !== undefined),
  );
  const user = userName();
  return {
    userNamespaces: existsSync(namespaceFile('self', 'user')),
    sysctls: Object.fromEntries(SYSCTLS.flatMap((key) => settingOf(key))),
    seccomp: status.get('Seccomp') === '2',
    noNewPrivileges: status.get('NoNewPrivs') === '1',
    programs,
    user,
    subordinateIds: ['/etc/subuid', '/etc/subgid'].every((file) => hasRange(readText(file) ?? '', user)),
    tun: tunDevice(),
    ping: mayPing(),
    ...(options.trial && programs.has('unshare') ? { trial: tryNamespaces() } : {}),
  };
}

function settingOf(key: string): [key: string, value: number][] {
  const value = numericSysctl(key);
  return value === undefined ? [] : [[key, value]];
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // An id without an account.
    return String(process.getuid?.());
  }
}

/** Whether a file of subuid(5) sets ids aside for a user, by name or number. */
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

function mayPing(): boolean {
  const [from = 1, to = 0] = (readSysctl('net.ipv4.ping_group_range') ?? '').split(/\s+/).map(Number);
  return [process.getgid!(), ...process.getgroups!()].some((group) => from <= group && group <= to);
}

function tryNamespaces(): NonNullable<RootlessFacts['trial']> {
  const { status, stderr, error } = spawnSync('unshare', [...NAMESPACES, '--map-root-user', '--', 'true'], {
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: PATIENCE,
  });
  return { worked: status === 0, said: (error?.message ?? stderr).trim() };
}

/** How long making namespaces may take, in milliseconds. */
const PATIENCE = 10_000;

/** What labs without root live in, as options of unshare(1). What is mounted on the host later shows in them, too. */
export const NAMESPACES = ['--user', '--net', '--mount', '--uts', '--propagation', 'slave'] as const;
