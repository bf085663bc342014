import {
  say,
  denialData,
  denialKey,
  describeDenial,
  LineWriter,
  sanitized,
  STDERR,
  styleFor,
} from '../output/index.ts';
import { closeSync, constants as fs, openSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { Option } from 'commander';
import { UsageError, printableJson } from '../../base/index.ts';
import type { Denial, Isolation, Launched, Limits, Sandbox, SandboxOptions } from '../../sandbox/index.ts';
import { define } from '../define.ts';
import { ExitError } from '../error.ts';
import { EXIT } from '../exit.ts';
import { parseIsolation, parseLimits, parseUser } from '../run-options.ts';
import { enterUserNamespace, isUnprivileged } from '../../rootless/index.ts';

interface Options {
  readonly allow?: readonly string[];
  readonly forwardHost?: readonly string[];
  readonly isolate?: readonly Isolation[];
  readonly limit?: Limits;
  readonly writable?: readonly string[];
  readonly resolver?: readonly string[];
  readonly report?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly quiet?: boolean;
}

const append = (text: string, before: readonly string[] = []): string[] => [...before, text];

const repeated = (flags: string, description: string): Option => new Option(flags, description).argParser(append);

export const command = define({
  name: 'run',
  purpose: 'Run a command that reaches only allowed destinations.',
  details:
    'The command has its own network, and cannot change the rules of it. Only allowed names are resolved, and their ' +
    'addresses are open for the TTL of the answer. Refused destinations are printed. If a rule cannot be installed, the ' +
    'command does not start; if Netwright is killed, it is killed too. Without root the command runs in your user ' +
    'namespace, as with `netwright up`; pasta or slirp4netns then connect it to allowed destinations. The limits of this ' +
    'confinement are in docs/sandbox.md.',
  examples: [
    ['netwright run --allow registry.npmjs.org:443 -- npm ci', 'a name and a port'],
    ['netwright run --allow "*.example.com:443" --allow 10.0.0.0/8:5432/tcp -- ./app', 'subdomains; a prefix'],
    ['netwright run --forward-host 5432 -- npm test', 'forward localhost:5432 to this machine'],
    ['netwright run --report denied.jsonl -- make', 'allow nothing; log refused destinations as lines of JSON'],
    ['netwright run --isolate pid,ipc,uts,mnt,user --limit cpu=0.5 --limit memory=512mb -- CMD', ''],
  ],
  exits: [EXIT.failed, EXIT.lacking, EXIT.interrupted],
  exitNote: 'the exit status of the command, or 128 plus the number of its signal; 127 if the command does not exist',
})
  .usage('[OPTIONS] [--] COMMAND [ARGUMENTS]')
  .argument('<command>', 'searched in PATH')
  .argument('[arguments...]', 'passed to the command unchanged')
  .addOption(
    repeated('--allow <destination>', 'HOST[:PORT[-PORT]][/PROTOCOL]; HOST is a name, *.NAME, an address or a prefix'),
  )
  .addOption(
    repeated('--forward-host <port>', 'PORT[:HOSTPORT]: forward a port of the sandbox to the loopback of this machine'),
  )
  .addOption(
    new Option(
      '--isolate <list>',
      'separate namespaces besides net: pid, ipc, uts, mnt, user; default pid,ipc,uts',
    ).argParser(parseIsolation),
  )
  .addOption(new Option('--limit <limit>', 'cpu=0.5, memory=512mb or pids=100').argParser(parseLimits))
  .addOption(repeated('--writable <folder>', 'with --isolate mnt: an additional writable folder'))
  .addOption(repeated('--resolver <address>', "a name server to use instead of this machine's"))
  .addOption(new Option('--user <user>', 'run as UID or UID:GID').argParser(parseUser))
  .option('--report <file>', 'write refused destinations to a file, as lines of JSON')
  .option('-q, --quiet', 'do not print refused destinations')
  .passThroughOptions()
  .action(async (program: string, args: string[], options: Options) => {
    if (isUnprivileged()) await runInUserNamespace(options);
    process.exitCode = await run(program, args, options);
  });

/**
 * Runs this command again in the user namespace of the user's labs. Checks the options first, so that an error does not
 * leave a new user namespace behind.
 */
async function runInUserNamespace(options: Options): Promise<never> {
  const { loopbackServices, readOptions, startingFolder } = await import('../../sandbox/index.ts');
  startingFolder();
  const services = loopbackServices(readOptions(sandboxOptions(options)));
  if (options.report !== undefined) closeSync(openReport(options.report));
  const { startLoopbackRelay } = await import('../../rootless/index.ts');
  return enterUserNamespace(process.argv.slice(2), {
    say,
    endAfter: true,
    descriptors: () => startLoopbackRelay(services),
  });
}

const sandboxOptions = ({ allow, forwardHost, isolate, limit, resolver, writable }: Options): SandboxOptions => ({
  ...(allow !== undefined && { allow }),
  ...(forwardHost !== undefined && { forwardHost }),
  ...(isolate !== undefined && { isolate }),
  ...(limit !== undefined && { limits: limit }),
  ...(resolver !== undefined && { resolvers: resolver }),
  ...(writable !== undefined && { writable }),
});

async function run(program: string, args: readonly string[], options: Options): Promise<number> {
  const report = options.report === undefined ? undefined : openReport(options.report);
  const signals = new Signals();
  using reporter = new DenialReporter(options, report);
  try {
    const { Sandbox } = await import('../../sandbox/index.ts');
    const { socketPaths } = await import('../../rootless/index.ts');
    const onDenied = (denial: Denial): void => reporter.report(denial);
    const box = await Sandbox.open({ ...sandboxOptions(options), onDenied }, socketPaths());
    try {
      for (const message of box.warnings) reporter.warn(message);
      return await runIn(box, program, args, options, signals);
    } finally {
      await box.close();
    }
  } finally {
    signals.close();
    reporter.end();
  }
}

async function runIn(
  box: Sandbox,
  program: string,
  args: readonly string[],
  { user }: Options,
  signals: Signals,
): Promise<number> {
  if (signals.first !== undefined) return signals.status(signals.first);
  let launched: Launched;
  try {
    launched = await box.run(program, args, user ?? {});
  } catch (error) {
    const { syscall, code } = error as { syscall?: string; code?: string };
    if (syscall !== 'execve') throw error;
    if (code === 'ENOENT')
      throw new ExitError(`there is no program "${program}"`, 'ERR_COMMAND_NOT_FOUND', EXIT.notFound, { cause: error });
    throw new ExitError(`"${program}" cannot be run (${code})`, 'ERR_NOT_EXECUTABLE', EXIT.notExecutable, {
      cause: error,
    });
  }
  signals.forwardTo(launched.pid);
  const { status, signal } = await launched.ended;
  return status ?? (signal === null ? EXIT.failed : signals.status(signal));
}

/**
 * Opens the report with O_NOFOLLOW: an earlier command of the sandbox could have put a symbolic link there, to a file
 * that it cannot write itself.
 */
function openReport(path: string): number {
  const follow = /^\/(dev|proc)\//.test(path) ? 0 : fs.O_NOFOLLOW;
  try {
    return openSync(path, fs.O_WRONLY | fs.O_CREAT | fs.O_TRUNC | follow, 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP')
      throw new UsageError(`the report ${path} is a symbolic link; name the file itself`, {
        cause: error,
      });
    throw new UsageError(`the report cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Prints each refused destination once on standard error, and writes every refusal to the report. If one of the two
 * cannot be written, a warning follows at the end; the sandbox is not affected.
 */
class DenialReporter implements Disposable {
  readonly #errors = new LineWriter(STDERR);
  readonly #report: LineWriter | undefined;
  readonly #options: Options;
  readonly #printed = new Set<string>();
  readonly #style = styleFor(STDERR);

  constructor(options: Options, report: number | undefined) {
    this.#options = options;
    this.#report = report === undefined ? undefined : new LineWriter(report, { close: true });
  }

  report(denial: Denial): void {
    this.#report?.write(printableJson(denialData(denial)));
    const key = denialKey(denial);
    if (this.#options.quiet === true || this.#printed.has(key)) return;
    this.#printed.add(key);
    this.#errors.write(sanitized(`${this.#style.red('netwright:')} ${describeDenial(denial)}`));
  }

  warn(message: string): void {
    this.#errors.write(sanitized(`${this.#style.yellow('warning:')} ${message}`));
  }

  end(): void {
    const unreported = this.#report?.end();
    if (unreported !== undefined)
      this.warn(`the report ${this.#options.report!} is missing ${unreported.lost} of its lines: ${unreported.why}`);
    const unprinted = this.#errors.end();
    // Standard error may accept data again now.
    if (unprinted !== undefined) this.warn(`${unprinted.lost} of these lines could not be written: ${unprinted.why}`);
  }

  [Symbol.dispose](): void {
    this.#report?.[Symbol.dispose]();
    this.#errors[Symbol.dispose]();
  }
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
/**
 * The signals of Ctrl-C and Ctrl-\: the terminal sends them to the whole foreground process group, the command
 * included.
 */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** Forwards signals from this process to the command. */
class Signals {
  /** The first signal that arrived before the command was started. */
  first: NodeJS.Signals | undefined;
  #pid: number | undefined;
  readonly #terminal = [0, 1, 2].some((fd) => isatty(fd));

  constructor() {
    for (const signal of FORWARDED) process.on(signal, this.#forward);
  }

  readonly #forward = (signal: NodeJS.Signals): void => {
    if (this.#pid === undefined) {
      this.first ??= signal;
      return;
    }
    if (this.#terminal && FROM_TERMINAL.includes(signal)) return;
    try {
      process.kill(this.#pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };

  forwardTo(pid: number): void {
    this.#pid = pid;
    // A signal may have arrived while the command was being started.
    if (this.first !== undefined) this.#forward(this.first);
  }

  /** The exit status for a command that a signal ended, as shells return it. */
  status(signal: NodeJS.Signals): number {
    return 128 + constants.signals[signal];
  }

  close(): void {
    for (const signal of FORWARDED) process.off(signal, this.#forward);
  }
}
