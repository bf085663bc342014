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
 * A command has pseudoterminals of its own (devpts), and of the machine's terminals that of its caller alone. The caller's
 * has no name among the command's own: it is /dev/console, as in containers.
 */

const PTS = '/dev/pts';
const CONSOLE = '/dev/console';

/** The group of pseudoterminals, by its number on every distribution. */
const TTY_GROUP = 5;

/** A file of a terminal, held before it is covered. */
export interface HeldTerminal {
  readonly fd: number;
  readonly device: number;
}

const STREAMS = [0, 1, 2] as const;

/**
 * The caller's terminal, before anything is covered: the first of the standard streams that is one. Undefined when none is,
 * or it has no name here.
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

/** Mounts pseudoterminals of the command's own, on a folder that must be there. */
export function mountPseudoterminals(): void {
  const group = hasGroup(TTY_GROUP) ? `,gid=${TTY_GROUP}` : '';
  libc.mount('netwright', PTS, 'devpts', MS_NOSUID | MS_NOEXEC, `newinstance,ptmxmode=0666,mode=0620${group}`);
}

/** In the machine's /dev covers its terminals, and hands the caller's on. */
export function coverTerminals(own: HeldTerminal | undefined): void {
  if (isFolder(PTS)) mountPseudoterminals();
  for (const { path, device } of terminals()) if (device !== own?.device && isOpenToUs(path)) cover(path);
  const multiplexer = lstatSync('/dev/ptmx', { throwIfNoEntry: false });
  // In containers it may be a file of the machine's pseudoterminals, which is covered by now.
  if (multiplexer?.isCharacterDevice() === true && multiplexer.rdev !== MULTIPLEXER)
    libc.mount(`${PTS}/ptmx`, '/dev/ptmx', null, MS_BIND);
  if (own !== undefined && existsSync(CONSOLE)) mountConsole(own);
}

/** Gives the caller's terminal the name that it has for the command. */
export const mountConsole = ({ fd }: HeldTerminal): void => libc.mount(descriptorPath(fd), CONSOLE, null, MS_BIND);

/**
 * The caller's terminal, opened by that name, for a program that asks what its terminal is called. The thread must be in the
 * command's mount namespace. Undefined where it may not be opened: the caller may have it from somebody else.
 */
export function openTerminal(): number | undefined {
  try {
    return libc.open(CONSOLE, O_RDWR | O_NOCTTY | O_CLOEXEC);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

/** Standard streams, of which those that are inherited from a terminal are to be a descriptor of the same. */
export function stdioThroughTerminal(stdio: StdioOptions, terminal: number): StdioOptions {
  const { rdev } = fstatSync(terminal);
  return STREAMS.map((fd) => {
    const wanted = typeof stdio === 'string' ? stdio : stdio[fd];
    const inherited = wanted === 'inherit' || wanted === fd;
    return inherited && isatty(fd) && fstatSync(fd).rdev === rdev ? terminal : wanted;
  });
}

/** Its own terminal whoever opens it (`/dev/tty`), and the maker of pseudoterminals of the /dev/pts beside it. */
const CONTROLLING = 0x500;
const MULTIPLEXER = 0x502;
/** What virtual consoles show: vcs(4). */
const SCREENS = 7;

/** The machine's terminals and consoles that have a file in /dev. */
function terminals(): { readonly path: string; readonly device: number }[] {
  const drivers = terminalDrivers();
  return readdirSync('/dev').flatMap((name) => {
    const path = `/dev/${name}`;
    const file = lstatSync(path, { throwIfNoEntry: false });
    if (file?.isCharacterDevice() !== true || file.rdev === CONTROLLING || file.rdev === MULTIPLEXER) return [];
    const [major, minor] = [majorOf(file.rdev), minorOf(file.rdev)];
    const isTerminal = drivers.some((one) => one.major === major && one.first <= minor && minor <= one.last);
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
