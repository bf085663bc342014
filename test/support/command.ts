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

const scriptOf = (commands: readonly string[]): string =>
  commands.map((command) => `${command} || true\nprintf '${RECORD}'`).join('\n');

/** Runs several shell commands in one process, and gives what each printed. Those that fail print nothing. */
export function runAll(commands: readonly string[]): string[] {
  return feed(scriptOf(commands), 'sh').split(RECORD).slice(0, -1);
}

/** The same in several namespaces, '' being this one, in one process each: `ip netns exec` would make mounts each time. */
export function runAllIn(
  namespaces: readonly { readonly name: string; readonly commands: readonly string[] }[],
): string[][] {
  const scripts = namespaces.map(({ name, commands }) => {
    const script = scriptOf(commands);
    return name === '' ? script : `nsenter --net=/run/netns/${quote(name)} sh -c ${quote(script)}`;
  });
  const said = feed(scripts.join('\n'), 'sh').split(RECORD);
  return namespaces.map(({ commands }) => said.splice(0, commands.length));
}

/** A shell command that asks `ip` several things in one process; it prints a line of JSON for each. */
export const ipBatch = (options: string, questions: readonly string[]): string =>
  `{ ip -j ${options} -force -batch - <<'.'\n${questions.join('\n')}\n.\n}`;

/** What a command of ipBatch() has printed, by question. */
export function ipAnswers(said: string, count: number): string[] {
  const answers = said.trim().split('\n');
  if (answers.length !== count) throw new Error(`ip was asked ${count} things, and said: ${said}`);
  return answers;
}

/** What `ip -j` and the like print: nothing at all stands for an empty list. */
export const parseList = <T>(text: string): T[] => (text.trim() === '' ? [] : (JSON.parse(text) as T[]));

export const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
