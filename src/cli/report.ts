import { inspect } from 'node:util';
import { NetwrightError } from '../base/index.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { printJsonLine, say, STDERR, styleFor, describeTopologyError, isTopologyError } from './output/index.ts';

export interface ReportOptions {
  /** Whether the command prints JSON: the error is then also printed on standard output, as a document. */
  readonly json?: boolean;
}

/** Prints an error on standard error, and returns the exit status. */
export function report(error: unknown, { json = false }: ReportOptions = {}): number {
  say(asText(error));
  if (json) printJsonLine({ error: errorData(error) });
  return isExpected(error) ? exitCodeOf(error) : EXIT.failed;
}

/** Whether an error is caused by the user or the host. All others are bugs of this program. */
function isExpected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isExpected);
  return error instanceof NetwrightError || (error instanceof Error && 'syscall' in error);
}

function asText(error: unknown): string {
  const style = styleFor(STDERR);
  const prefix = style.red('netwright:');
  if (process.env['NETWRIGHT_DEBUG']) return `${prefix} ${inspect(error, { depth: 5 })}\n`;
  if (!isExpected(error)) {
    return `${prefix} this is a bug in Netwright; please report it, with the steps to reproduce it:\n${inspect(error)}\n`;
  }
  if (isTopologyError(error)) return `${prefix} ${describeTopologyError(error, style)}\n`;
  // A message can contain output of other programs: indented, none of its lines looks like one of Netwright's.
  return `${prefix} ${(error as Error).message.replaceAll('\n', '\n  ')}\n`;
}

/** An error as commands with `--json` print it. */
export function errorData(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { code: 'ERR_INTERNAL', message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    code: !isExpected(error) ? 'ERR_INTERNAL' : typeof code === 'string' ? code : 'ERR_FAILED',
    message: error.message,
    ...(isTopologyError(error) ? { file: error.file, issues: error.issues } : {}),
    ...(error instanceof AggregateError ? { errors: error.errors.map(errorData) } : {}),
    ...(isExpected(error) && !process.env['NETWRIGHT_DEBUG'] ? {} : { stack: error.stack }),
  };
}
