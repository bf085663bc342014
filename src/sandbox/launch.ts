import { setTimeout as sleep } from 'node:timers/promises';
import { CapabilityError, UsageError } from '../base/index.ts';
import {
  CLONE_FS,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  libc,
  SacrificialThread,
  SyscallError,
  type NativeCall,
  type ThreadEnd,
  type ThreadProgram,
} from '../ffi/index.ts';
import { within, withinMounts } from '../netns/index.ts';
import { confining } from './confine.ts';
import type { LimitGroup } from '../lease/index.ts';
import { mountOwnQueues } from './kernel-files.ts';
import { guardProc, keepResolvConf, mountView, type FileView } from './mounts.ts';
import { openTerminal, stdioThroughTerminal } from './terminals.ts';
import { boundSockets } from './unix-sockets.ts';
import { findProgram, hasEnded, ownDescriptors, statOf } from '../proc/index.ts';

/** Namespaces that a command may have of its own. `mnt` is a strict view of the files; without it only sockets are hidden. */
export type Isolation = 'net' | 'pid' | 'ipc' | 'uts' | 'mnt' | 'user';

/** Where a command is to run. */
export interface SandboxEntry {
  /** A descriptor of the network namespace, and its name. */
  readonly net: number;
  readonly namespace: string;
  readonly hostName: string;
  readonly isolate: ReadonlySet<Isolation>;
  readonly view: Pick<FileView, 'resolvConf' | 'writable'>;
  readonly limits: LimitGroup | undefined;
}

/** A program that runs in a sandbox. */
export interface Launched {
  /** Outside the sandbox. */
  readonly pid: number;
  readonly ended: Promise<ThreadEnd>;
  readonly write: (data?: string | Uint8Array) => void;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The first process of a process namespace: it takes in what is left of others, and ends, and all with it, as soon as
 * nobody holds the other end of its input, that is, with us, however we end. What is typed at the terminal (Ctrl-C) is for the
 * command: as the first process it would take that with it.
 */
const FIRST_PROCESS = `
trap '' INT QUIT TSTP TERM HUP
mount -t proc -o nosuid,nodev,noexec proc /proc && echo ready && exec 3<&0 </dev/null >/dev/null 2>&1 &&
{ cat <&3 & } && exec 3<&- && wait`;

/** Stops until it has been put where its limits are, and becomes the command. */
const WAIT_FOR_LIMITS = 'kill -STOP $$ && exec "$@"';

const namespaceFlags = { pid: CLONE_NEWPID, ipc: CLONE_NEWIPC, uts: CLONE_NEWUTS } as const;

/**
 * Starts a command in a cell. Everything that holds it is in place before: whatever fails, it is not started.
 * @throws SyscallError, CapabilityError
 */
export async function launch(cell: SandboxEntry, program: ThreadProgram): Promise<Launched> {
  const { isolate } = cell;
  if (!isolate.has('mnt') && /^\/run(\/|$)/.test(program.cwd))
    throw new UsageError(
      `the working directory ${program.cwd} is in /run, which is empty in a sandbox; use another one`,
    );
  const thread = new SacrificialThread();
  let leave: (() => void) | undefined;
  let terminal: number | undefined;
  let started = false;
  let release: (() => void) | undefined;
  try {
    const sockets = boundSockets();
    const wanted = { ...cell.view, strict: isolate.has('mnt'), ownShared: isolate.has('ipc'), sockets };
    const view = within(cell.net, () => mountView(cell.namespace, wanted));
    const { mounts, queues, resolver } = view;
    const stopKeeping = resolver === undefined ? undefined : keepResolvConf(mounts, resolver);
    leave = () => {
      stopKeeping?.();
      libc.close(mounts);
    };
    keepDescriptors();
    await prepare(thread, [...leaving(cell, mounts), ...(isolate.has('ipc') ? mountOwnQueues(queues) : [])]);
    if (isolate.has('pid')) release = await startFirstProcess(thread);
    guardProc(mounts);
    await prepare(thread, [entering(cell), ...confining({ userNamespace: isolate.has('user') })]);
    if (view.terminal) terminal = withinMounts(mounts, openTerminal);
    const { command, args, ...rest } = program;
    const [file, ...words] = staged(cell, [command, ...args]);
    const child = await thread.start({
      ...rest,
      command: file!,
      args: words,
      env: sandboxEnvironment(cell, rest.env),
      stdio: terminal === undefined ? rest.stdio : stdioThroughTerminal(rest.stdio, terminal),
    });
    started = true;
    void child.ended.then(() => leave?.());
    // Whatever it has left behind ends with it.
    void child.exited.then(() => release?.());
    void child.ended.then(() => thread.close());
    if (cell.limits !== undefined) await limit(cell.limits, child.pid);
    return { pid: child.pid, ended: child.ended, write: child.write };
  } finally {
    if (terminal !== undefined) libc.close(terminal);
    if (!started) {
      leave?.();
      release?.();
      await thread.terminate();
    }
  }
}

/** No descriptor of ours, or of whoever started us, is a program's to inherit. */
function keepDescriptors(): void {
  for (const fd of ownDescriptors()) if (fd > 2) libc.closeAtExecve(fd);
}

/** Does to a thread what a command is to inherit. @throws CapabilityError when the kernel will not have it */
async function prepare(thread: SacrificialThread, calls: readonly NativeCall[]): Promise<void> {
  try {
    await thread.call(calls);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new CapabilityError(
      `the command was not started, because it cannot be confined: ${error.message}`,
      'run `netwright doctor` to see what this kernel lacks, or use fewer namespaces in --isolate',
      { cause: error },
    );
  }
}

const SETNS = 'int setns(int, int)';

/** Into namespaces of its own, and for the time being into a network with nothing in it. */
function leaving({ isolate, hostName }: SandboxEntry, mounts: number): NativeCall[] {
  const flags = Object.entries(namespaceFlags).reduce(
    (sum, [name, flag]) => (isolate.has(name as Isolation) ? sum | flag : sum),
    CLONE_FS | CLONE_NEWNET,
  );
  const host = [hostName, hostName.length] as const;
  return [
    { signature: 'int unshare(int)', args: [flags], syscall: 'unshare' },
    { signature: SETNS, args: [mounts, CLONE_NEWNS], syscall: 'setns', subject: 'mount namespace' },
    ...(isolate.has('uts')
      ? [{ signature: 'int sethostname(const char *, size_t)', args: host, syscall: 'sethostname' }]
      : []),
  ];
}

/** Into the sandbox's network. */
const entering = ({ net }: SandboxEntry): NativeCall => ({
  signature: SETNS,
  args: [net, CLONE_NEWNET],
  syscall: 'setns',
  subject: 'network namespace',
});

/** @returns ends it */
async function startFirstProcess(thread: SacrificialThread): Promise<() => void> {
  const first = await thread.start({
    command: '/bin/sh',
    args: ['-c', FIRST_PROCESS],
    env: { PATH },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let failure: ThreadEnd | undefined;
  void first.ended.then((end) => (failure = end));
  await first.spoken;
  if (failure !== undefined)
    throw new CapabilityError(
      `the first process of the sandbox's PID namespace did not start: ${Buffer.from(failure.stderr).toString('utf8').trim()}`,
      'it needs sh, mount and cat, and permission to mount /proc; or omit pid from --isolate',
    );
  return () => first.write();
}

/** The command, after the stages that must come between. */
function staged({ isolate, limits }: SandboxEntry, words: readonly string[]): readonly string[] {
  const inside = isolate.has('user') ? [unshareProgram(), '--user', '--map-root-user', '--', ...words] : words;
  return limits === undefined ? inside : ['/bin/sh', '-c', WAIT_FOR_LIMITS, 'sh', ...inside];
}

/**
 * The machine's unshare(1). The command's PATH may begin with a folder that an earlier one could write in
 * (node_modules/.bin), and whatever is called so there might isolate nothing.
 */
function unshareProgram(): string {
  const { path } = findProgram('unshare', PATH, '/');
  if (path === undefined)
    throw new CapabilityError(
      `--isolate user needs the program unshare, which is not in ${PATH}`,
      'install util-linux, or omit user from --isolate',
    );
  return path;
}

/** Variables that lead to sockets which are hidden, or to files in folders that are empty. */
const LED_AWAY = [
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'GPG_AGENT_INFO',
  'DBUS_SESSION_BUS_ADDRESS',
  'DBUS_SYSTEM_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'DOCKER_HOST',
  'CONTAINER_HOST',
  'NOTIFY_SOCKET',
  'LISTEN_FDS',
  'LISTEN_PID',
];

const sandboxEnvironment = ({ namespace }: SandboxEntry, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !LED_AWAY.includes(name))),
  NETWRIGHT_SANDBOX: namespace,
});

/** Puts a command that waits for it into its limits, and lets it go on. */
async function limit(limits: LimitGroup, pid: number): Promise<void> {
  try {
    while (!hasEnded(pid) && statOf(pid)?.state !== 'T') await sleep(1);
    limits.add(pid);
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if (hasEnded(pid)) return;
    process.kill(pid, 'SIGKILL');
    throw error;
  }
}
