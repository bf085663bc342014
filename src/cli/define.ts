import { print, STDOUT, styleFor, widthOf, type Style, table } from './output/index.ts';
import { Command } from 'commander';
import { EXIT, EXIT_MEANINGS } from './exit.ts';

export interface Definition {
  readonly name: string;
  /** One sentence in the imperative. */
  readonly purpose: string;
  /** Further paragraphs of the help. */
  readonly details?: string;
  /** Command lines, each with a short description or an empty one. */
  readonly examples: readonly (readonly [command: string, description: string])[];
  /** Its exit codes besides 0 and 64. */
  readonly exits?: readonly number[];
  /** A note after the list of exit codes. */
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
          examples.map(([command, description]) => [style.cyan(command), description]),
          '  ',
        ),
        '',
        style.bold('Exit codes:'),
        ...table(exitRows, '  '),
        ...(exitNote === undefined ? [] : [`  ${exitNote}`]),
      ].join('\n');
    });
}

/**
 * Configures commander to throw instead of calling exit(), to print no errors itself, and to use the style of other
 * output.
 */
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
