import { execFileSync, spawnSync } from 'node:child_process';

/** Runs a program to its end and gives what it printed. @throws with what it said on its standard error */
export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
}

/** Runs a line of words. */
export function sh(line: string): string {
  const [command, ...args] = line.split(' ');
  return run(command!, ...args);
}

/** Runs a program that reads `input`. */
export function feed(input: string, command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
}

/** Runs a program whose failure is no failure of the test. */
export function attempt(
  command: string,
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const RECORD = '\u001E';

/** Runs several shell commands in one process, and gives what each printed. Those that fail print nothing. */
export function runAll(commands: readonly string[]): string[] {
  const script = commands.map((command) => `${command} || true\nprintf '${RECORD}'`).join('\n');
  const said = feed(script, 'sh');
  return said.split(RECORD).slice(0, -1);
}

/** What `ip -j` and the like print: nothing at all stands for an empty list. */
export const parseList = <T>(text: string): T[] => (text.trim() === '' ? [] : (JSON.parse(text) as T[]));

export const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
