import { print, STDOUT, styleFor, widthOf, type Style, table } from './output/index.ts';
import { Command } from 'commander';
import { EXIT, EXIT_MEANINGS } from './exit.ts';

export interface Definition {
  readonly name: string;
  /** One line, an imperative. */
  readonly purpose: string;
  /** More, in paragraphs. */
  readonly details?: string;
  /** What to type, and what comes of it. */
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Of the exit codes, those that it can end with besides 0 and 64. */
  readonly exits?: readonly number[];
  /** Instead of the list of exit codes. */
  readonly exitNote?: string;
}

/** A command with its help: purpose, arguments, options, examples and exit codes. */
export function define({ name, purpose, details, examples, exits = [], exitNote }: Definition): Command {
  const style = styleFor(STDOUT);
  return configured(new Command(`netwright ${name}`), style)
    .description(details === undefined ? purpose : `${purpose}\n\n${details}`)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', () => {
      const codes = EXIT_MEANINGS.filter(([code]) => code === EXIT.ok || code === EXIT.usage || exits.includes(code));
      const exitRows = codes.map(([code, meaning]) => [style.cyan(String(code)), meaning]);
      return [
        '',
        style.bold('Examples:'),
        ...table(
          examples.map(([command, what]) => [style.cyan(command), what]),
          '  ',
        ),
        '',
        style.bold('Exit codes:'),
        ...table(exitRows, '  '),
        ...(exitNote === undefined ? [] : [`  ${exitNote}`]),
      ].join('\n');
    });
}

/** Makes commander throw instead of ending the process, stay silent about errors, and look like the rest. */
export function configured(command: Command, style: Style): Command {
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: print, getOutHasColors: () => true })
    .configureHelp({
      styleTitle: style.bold,
      styleOptionTerm: style.cyan,
      styleSubcommandTerm: style.cyan,
      styleArgumentTerm: style.cyan,
      displayWidth: widthOf,
    });
}
