import { accessSync, constants, existsSync, fstatSync, lstatSync, readdirSync, statSync } from 'node:fs';
import type { StdioOptions } from 'node:child_process';
import { isatty } from 'node:tty';
import {
  libc,
  MS_BIND,
  MS_NOEXEC,
  MS_NOSUID,
  O_CLOEXEC,
  O_NOCTTY,
  O_PATH,
  O_RDWR,
  SyscallError,
} from '../ffi/index.ts';
import { descriptorPath, majorOf, minorOf, terminalDrivers } from '../proc/index.ts';
import { hasGroup } from './ids.ts';
import { cover, isFolder } from './kernel-files.ts';

/*
 * A command has its own pseudoterminals (devpts). Of the host's terminals it has only that of its caller, which has no
 * name among its own pseudoterminals: it is /dev/console, as in containers.
 */

const PTS = '/dev/pts';
const CONSOLE = '/dev/console';

/** The group id of terminals (tty) on every distribution. */
const TTY_GROUP = 5;

/** A terminal device, opened before it is covered. */
export interface HeldTerminal {
  readonly fd: number;
  readonly device: number;
}

const STREAMS = [0, 1, 2] as const;

/**
 * Opens the caller's terminal, before anything is covered: the first standard stream that is a terminal. Undefined if
 * there is none, or it has no name here.
 */
export function holdTerminal(): HeldTerminal | undefined {
  const stream = STREAMS.find((fd) => isatty(fd));
  if (stream === undefined) return undefined;
  const { dev, ino, rdev } = fstatSync(stream);
  const names = [`${PTS}/${minorOf(rdev)}`, CONSOLE, ...terminals().map(({ path }) => path)];
  const path = names.find((name) => {
    const file = statSync(name, { throwIfNoEntry: false });
    return file?.dev === dev && file.ino === ino;
  });
  return path === undefined ? undefined : { fd: libc.open(path, O_PATH | O_CLOEXEC), device: rdev };
}

/** Mounts the command's own pseudoterminals on /dev/pts, which must exist. */
export function mountPseudoterminals(): void {
  const group = hasGroup(TTY_GROUP) ? `,gid=${TTY_GROUP}` : '';
  libc.mount('netwright', PTS, 'devpts', MS_NOSUID | MS_NOEXEC, `newinstance,ptmxmode=0666,mode=0620${group}`);
}

/** Covers the terminals in the host's /dev, except the caller's. */
export function coverTerminals(own: HeldTerminal | undefined): void {
  if (isFolder(PTS)) mountPseudoterminals();
  for (const { path, device } of terminals()) if (device !== own?.device && isOpenToUs(path)) cover(path);
  const multiplexer = lstatSync('/dev/ptmx', { throwIfNoEntry: false });
  // In containers it can be a device of the host's devpts, which is covered by now.
  if (multiplexer?.isCharacterDevice() === true && multiplexer.rdev !== MULTIPLEXER)
    libc.mount(`${PTS}/ptmx`, '/dev/ptmx', null, MS_BIND);
  if (own !== undefined && existsSync(CONSOLE)) mountConsole(own);
}

/** Mounts the caller's terminal on /dev/console. */
export const mountConsole = ({ fd }: HeldTerminal): void => libc.mount(descriptorPath(fd), CONSOLE, null, MS_BIND);

/**
 * Opens the caller's terminal by that name, so that programs can find the name of their terminal (ttyname(3)). The
 * thread must be in the command's mount namespace. Undefined if it may not be opened: it can belong to another user.
 */
export function openTerminal(): number | undefined {
  try {
    return libc.open(CONSOLE, O_RDWR | O_NOCTTY | O_CLOEXEC);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

/** Replaces inherited streams that are the caller's terminal by a descriptor of {@link openTerminal}. */
export function stdioThroughTerminal(stdio: StdioOptions, terminal: number): StdioOptions {
  const { rdev } = fstatSync(terminal);
  return STREAMS.map((fd) => {
    const stream = typeof stdio === 'string' ? stdio : stdio[fd];
    const inherited = stream === 'inherit' || stream === fd;
    return inherited && isatty(fd) && fstatSync(fd).rdev === rdev ? terminal : stream;
  });
}

/**
 * /dev/tty, the controlling terminal of the process that opens it, and /dev/ptmx, which creates pseudoterminals in the
 * /dev/pts beside it.
 */
const CONTROLLING = 0x500;
const MULTIPLEXER = 0x502;
/** The contents of virtual consoles: vcs(4). */
const SCREENS = 7;

/** The terminals and consoles of the host that have a device file in /dev. */
function terminals(): { readonly path: string; readonly device: number }[] {
  const drivers = terminalDrivers();
  return readdirSync('/dev').flatMap((name) => {
    const path = `/dev/${name}`;
    const file = lstatSync(path, { throwIfNoEntry: false });
    if (file?.isCharacterDevice() !== true || file.rdev === CONTROLLING || file.rdev === MULTIPLEXER) return [];
    const [major, minor] = [majorOf(file.rdev), minorOf(file.rdev)];
    const isTerminal = drivers.some(
      (driver) => driver.major === major && driver.first <= minor && minor <= driver.last,
    );
    return isTerminal || major === SCREENS ? [{ path, device: file.rdev }] : [];
  });
}

function isOpenToUs(path: string): boolean {
  return [constants.R_OK, constants.W_OK].some((mode) => {
    try {
      accessSync(path, mode);
      return true;
    } catch {
      return false;
    }
  });
}
