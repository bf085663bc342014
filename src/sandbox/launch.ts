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
  DisposableThread,
  SyscallError,
  type NativeCall,
  type ThreadEnd,
  type ThreadProgram,
} from '../ffi/index.ts';
import { within, withinMounts } from '../netns/index.ts';
import { confinementCalls } from './confine.ts';
import type { LimitGroup } from '../lease/index.ts';
import { mountOwnQueues } from './kernel-files.ts';
import { guardProc, keepResolvConf, mountView, type FileView } from './mounts.ts';
import { openTerminal, stdioThroughTerminal } from './terminals.ts';
import { boundSockets } from './unix-sockets.ts';
import { findProgram, hasEnded, ownDescriptors, statOf } from '../proc/index.ts';

/**
 * Namespaces that a command can have of its own. `mnt` restricts its view of the files; without it only sockets are
 * hidden.
 */
export type Isolation = 'net' | 'pid' | 'ipc' | 'uts' | 'mnt' | 'user';

/** The sandbox in which a command is started, and how it is confined. */
export interface SandboxEntry {
  /** A descriptor of the network namespace. `namespace` is its name. */
  readonly net: number;
  readonly namespace: string;
  readonly hostName: string;
  readonly isolate: ReadonlySet<Isolation>;
  readonly view: Pick<FileView, 'resolvConf' | 'writable'>;
  readonly limits: LimitGroup | undefined;
}

/** A program that was started in a sandbox. */
export interface Launched {
  /** The process id outside the sandbox. */
  readonly pid: number;
  readonly ended: Promise<ThreadEnd>;
  readonly write: (data?: string | Uint8Array) => void;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The first process of the PID namespace (pid 1). It reaps orphans. When the other end of its standard input is closed,
 * it ends, and the kernel kills all processes of the namespace: this process holds that end, so they end with it,
 * however it ends. Signals of the terminal (Ctrl-C) are for the command; here they are ignored, since otherwise pid 1
 * would end, and the command with it.
 */
const FIRST_PROCESS = `
trap '' INT QUIT TSTP TERM HUP
mount -t proc -o nosuid,nodev,noexec proc /proc && echo ready && exec 3<&0 </dev/null >/dev/null 2>&1 &&
{ cat <&3 & } && exec 3<&- && wait`;

/** Stops until the process has been moved to its control group, then executes the command. */
const WAIT_FOR_LIMITS = 'kill -STOP $$ && exec "$@"';

const namespaceFlags = { pid: CLONE_NEWPID, ipc: CLONE_NEWIPC, uts: CLONE_NEWUTS } as const;

/**
 * Starts a command in a sandbox. The command is started only after everything that confines it is in place.
 * @throws UsageError, SyscallError, CapabilityError
 */
export async function launch(entry: SandboxEntry, program: ThreadProgram): Promise<Launched> {
  const { isolate } = entry;
  if (!isolate.has('mnt') && /^\/run(\/|$)/.test(program.cwd))
    throw new UsageError(
      `the working directory ${program.cwd} is in /run, which is empty in a sandbox; use another one`,
    );
  const thread = new DisposableThread();
  let closeMounts: (() => void) | undefined;
  let terminal: number | undefined;
  let started = false;
  let endNamespace: (() => void) | undefined;
  try {
    const sockets = boundSockets();
    const fileView = { ...entry.view, strict: isolate.has('mnt'), ownShared: isolate.has('ipc'), sockets };
    const view = within(entry.net, () => mountView(entry.namespace, fileView));
    const { mounts, queues, resolver } = view;
    const stopWatching = resolver === undefined ? undefined : keepResolvConf(mounts, resolver);
    closeMounts = () => {
      stopWatching?.();
      libc.close(mounts);
    };
    closeDescriptorsAtExecve();
    await prepare(thread, [
      ...enterOwnNamespaces(entry, mounts),
      ...(isolate.has('ipc') ? mountOwnQueues(queues) : []),
    ]);
    if (isolate.has('pid')) endNamespace = await startFirstProcess(thread);
    guardProc(mounts);
    await prepare(thread, [enterNetwork(entry), ...confinementCalls({ userNamespace: isolate.has('user') })]);
    if (view.terminal) terminal = withinMounts(mounts, openTerminal);
    const { command, args, ...rest } = program;
    const [file, ...words] = withStages(entry, [command, ...args]);
    const child = await thread.start({
      ...rest,
      command: file!,
      args: words,
      env: sandboxEnvironment(entry, rest.env),
      stdio: terminal === undefined ? rest.stdio : stdioThroughTerminal(rest.stdio, terminal),
    });
    started = true;
    void child.ended.then(() => closeMounts?.());
    // Processes that it has left running end with it.
    void child.exited.then(() => endNamespace?.());
    void child.ended.then(() => thread.close());
    if (entry.limits !== undefined) await limit(entry.limits, child.pid);
    return { pid: child.pid, ended: child.ended, write: child.write };
  } finally {
    if (terminal !== undefined) libc.close(terminal);
    if (!started) {
      closeMounts?.();
      endNamespace?.();
      await thread.terminate();
    }
  }
}

/** A program must not inherit descriptors of this process or of its parent. */
function closeDescriptorsAtExecve(): void {
  for (const fd of ownDescriptors()) if (fd > 2) libc.setCloseOnExec(fd);
}

/** Applies to a thread what a command inherits from it. @throws CapabilityError if the kernel refuses it */
async function prepare(thread: DisposableThread, calls: readonly NativeCall[]): Promise<void> {
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

/** The calls that move a thread into namespaces of its own, and for now into a new, empty network namespace. */
function enterOwnNamespaces({ isolate, hostName }: SandboxEntry, mounts: number): NativeCall[] {
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

/** The call that moves a thread into the network namespace of the sandbox. */
const enterNetwork = ({ net }: SandboxEntry): NativeCall => ({
  signature: SETNS,
  args: [net, CLONE_NEWNET],
  syscall: 'setns',
  subject: 'network namespace',
});

/** Starts pid 1 of the PID namespace. @returns a function that ends it */
async function startFirstProcess(thread: DisposableThread): Promise<() => void> {
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

/** The command line, with the programs that must run before the command. */
function withStages({ isolate, limits }: SandboxEntry, words: readonly string[]): readonly string[] {
  const inside = isolate.has('user') ? [unshareProgram(), '--user', '--map-root-user', '--', ...words] : words;
  return limits === undefined ? inside : ['/bin/sh', '-c', WAIT_FOR_LIMITS, 'sh', ...inside];
}

/**
 * The path of the host's unshare(1). It is not searched in the command's PATH, which can begin with a directory that an
 * earlier command could write (node_modules/.bin): a program of that name there may isolate nothing.
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

/** Environment variables that refer to sockets which are hidden, or to files in directories which are empty. */
const REMOVED_VARIABLES = [
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
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !REMOVED_VARIABLES.includes(name))),
  NETWRIGHT_SANDBOX: namespace,
});

/** Moves a command that waits for it into its control group, and continues it. */
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
