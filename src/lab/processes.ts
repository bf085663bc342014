import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { namespaceInode, type Pins } from '../netns/index.ts';

export interface NodeProcess {
  readonly pid: number;
  readonly namespace: string;
  readonly command: string;
}

/** The processes that run in a lab's namespaces: found by looking, whoever started them. */
export function processesIn(pins: Pins, namespaces: readonly string[]): NodeProcess[] {
  const own = readlinkSync('/proc/self/ns/net');
  const elsewhere: { pid: number; net: string }[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid <= 0) continue;
    const net = linkOf(`/proc/${pid}/ns/net`);
    if (net !== undefined && net !== own) elsewhere.push({ pid, net });
  }
  // Most often there are none, and a thousand namespaces need not be looked up.
  if (elsewhere.length === 0) return [];
  const byInode = new Map(
    namespaces.filter((name) => pins.alive(name)).map((name) => [`net:[${namespaceInode(pins.path(name))}]`, name]),
  );
  return elsewhere.flatMap(({ pid, net }) => {
    const namespace = byInode.get(net);
    return namespace === undefined ? [] : [{ pid, namespace, command: commandOf(pid) }];
  });
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // It has ended meanwhile, or belongs to somebody we may not look at.
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() ||
      readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
    );
  } catch {
    return '?';
  }
}

/** This process and those it descends from. */
function ownLine(): Set<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid);) {
    line.add(pid);
    try {
      // The name in parentheses may hold anything: the parent's id follows its end.
      pid = Number(
        /^\S \d+/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, ''))?.[0].slice(2) ?? 0,
      );
    } catch {
      break;
    }
  }
  return line;
}

/** How long a process has to end after SIGTERM before SIGKILL, in milliseconds. */
const GRACE = 2000;

export interface Ended {
  readonly ended: readonly NodeProcess[];
  /** Left alone: this process and those that started it. */
  readonly spared: readonly NodeProcess[];
}

/** Ends the processes in a lab's namespaces, SIGTERM first, until none is left. */
export async function endProcesses(pins: Pins, namespaces: readonly string[]): Promise<Ended> {
  const mine = ownLine();
  const ended = new Map<number, NodeProcess>();
  const deadline = performance.now() + GRACE;
  for (;;) {
    const found = processesIn(pins, namespaces);
    const others = found.filter(({ pid }) => !mine.has(pid));
    if (others.length === 0) return { ended: [...ended.values()], spared: found };
    const late = performance.now() > deadline;
    for (const candidate of others) {
      if (late || !ended.has(candidate.pid)) signal(candidate.pid, late ? 'SIGKILL' : 'SIGTERM');
      ended.set(candidate.pid, candidate);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Kills the processes that are in a lab's namespaces now. */
export function killProcesses(pins: Pins, namespaces: readonly string[]): void {
  const mine = ownLine();
  for (const { pid } of processesIn(pins, namespaces)) if (!mine.has(pid)) signal(pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
