import { complete } from './complete.ts';
import { print, STDOUT, styleFor, table } from './output/index.ts';
import { Command, CommanderError } from 'commander';
import { UsageError, didYouMean } from '../base/index.ts';
import { isRootless, SET_UP, WITH_DESCRIPTORS, LEAVE, LOOPBACK } from '../rootless/index.ts';
import { COMMANDS } from './command/index.ts';
import { configured } from './define.ts';
import { labNames } from '../netns/index.ts';
import { EXIT, EXIT_MEANINGS } from './exit.ts';
import { report } from './report.ts';

/** Runs a command line and returns the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await dispatch(args);
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    const json = printsJson(args);
    if (!(error instanceof CommanderError)) return report(error, { json });
    // commander also throws after it has printed help.
    if (error.exitCode === 0) return Number(process.exitCode ?? EXIT.ok);
    return report(usageErrorOf(error, args[0]!), { json });
  }
}

/** Whether the output is JSON. Options after a program belong to the program. */
export function printsJson([command, ...rest]: readonly string[]): boolean {
  const entry = command !== undefined && Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  return entry !== undefined && !entry.arguments.includes('program') && rest.includes('--json');
}

async function dispatch(args: readonly string[]): Promise<void> {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h') return overview().outputHelp();
  if (first === 'help') {
    if (rest[0] === undefined) return overview().outputHelp();
    return (await commandNamed(rest[0])).outputHelp();
  }
  if (first === '__complete') return print((await complete(rest)).map((line) => `${line}\n`).join(''));
  if (first === SET_UP) return dispatch((await import('../rootless/index.ts')).setUp(rest));
  if (first === LEAVE) return leave();
  if (first === WITH_DESCRIPTORS) {
    (await import('../rootless/index.ts')).useLoopbackRelay(rest[0]!.split(',').map(Number));
    return dispatch(rest.slice(1));
  }
  if (first === LOOPBACK) return (await import('../rootless/index.ts')).serveLoopback(rest);
  if (first === '--version' || first === '-V') throw new UsageError(`${first} takes no arguments`);
  if (first.startsWith('-')) throw new UsageError(`unknown option "${first}"; see \`netwright --help\``);
  const command = await commandNamed(first);
  await command.parseAsync(rest, { from: 'user' });
}

/**
 * Removes sandboxes whose owners were killed: they would keep the user namespace alive that this process is about to
 * leave.
 */
async function leave(): Promise<void> {
  if (isRootless() && labNames().length > 0) await (await import('../sandbox/index.ts')).removeAbandonedSandboxes();
}

async function commandNamed(name: string): Promise<Command> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    throw new UsageError(
      `unknown command "${name}"${didYouMean(name, Object.keys(COMMANDS))}; see \`netwright --help\``,
    );
  }
  return (await entry.load()).command;
}

/** The text of `netwright --help`: lists every command, and loads none. */
function overview(): Command {
  const style = styleFor(STDOUT);
  const program = configured(new Command('netwright'), style)
    .usage('COMMAND [ARGUMENTS]')
    .description('Real Linux networks made of network namespaces.')
    .helpOption('-h, --help', 'print this help, or the help of a command')
    .version('', '-V, --version', 'print the version')
    .helpCommand(false);
  for (const [name, { summary, group }] of Object.entries(COMMANDS))
    program.command(name).summary(summary).helpGroup(`${group}:`);
  const examples = [
    ['netwright up examples/shop.yaml', 'create the networks of a file'],
    ['netwright show', 'list namespaces, interfaces, addresses and routes'],
    ['netwright exec shop.laptop ping web', 'run any program in a node'],
    ['netwright check', 'test the expectations of the file'],
    ['netwright down shop', 'remove everything'],
  ].map(([command, description]) => [style.cyan(command!), description!]);
  const codes = EXIT_MEANINGS.map(([code, meaning]) => [style.cyan(String(code)), meaning]);
  const after = [
    '',
    style.bold('Examples:'),
    ...table(examples, '  '),
    '',
    style.bold('Exit codes:'),
    ...table(codes, '  '),
    '',
    style.bold('Environment:'),
    ...table(
      [
        ['NO_COLOR, FORCE_COLOR', 'disable colours, or force colours without a terminal'],
        ['NETWRIGHT_DEBUG', 'print all details of errors; `netlink`: also all messages to and from the kernel'],
      ].map(([name, description]) => [style.cyan(name!), description!]),
      '  ',
    ),
  ];
  return program.addHelpText('after', after.join('\n'));
}

/** A usage error in Netwright's wording, from commander's error. */
function usageErrorOf({ message }: CommanderError, command: string): UsageError {
  const text = message
    .replace(/^error: /, '')
    .replace(/\n\((Did you mean .*\?)\)$/, (_, hint: string) => ` (${hint.replace(/^Did/, 'did')})`)
    .replace(/^command-argument value '(.*)' is invalid for argument '(.*)'\. Allowed/, 'invalid $2 "$1": allowed')
    .replace(/\.$/, '');
  return new UsageError(`${text}; see \`netwright ${command} --help\``);
}
