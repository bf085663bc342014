import { NetwrightError } from '../base/index.ts';

/** The path of a value in a topology: keys and list positions, from the root. */
export type Path = readonly (string | number)[];

/** A position in a file; lines and columns start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One error in a topology. */
export interface TopologyIssue {
  readonly message: string;
  /** The path of the value, such as `nodes.web.networks.lan`; empty for the whole file. */
  readonly path: string;
  /** The position in the file, starting at 1; absent if the topology is not from a file. */
  readonly line?: number;
  readonly column?: number;
}

/** A topology is invalid. The message lists all errors, one on each line. */
export class TopologyError extends NetwrightError {
  readonly code = 'ERR_TOPOLOGY';
  /** The topology file; absent if the topology is not from a file. */
  readonly file?: string;
  /** The position of the first issue. */
  readonly line?: number;
  readonly column?: number;
  readonly issues: readonly TopologyIssue[];

  constructor(issues: readonly TopologyIssue[], file?: string, options?: ErrorOptions) {
    super(issues.map((issue) => `${placeOf(issue, file)}${issue.message}`).join('\n'), options);
    this.issues = issues;
    const first = issues[0];
    if (file !== undefined) this.file = file;
    if (first?.line !== undefined) this.line = first.line;
    if (first?.column !== undefined) this.column = first.column;
  }
}

function placeOf(issue: TopologyIssue, file: string | undefined): string {
  if (file !== undefined) return issue.line === undefined ? `${file}: ` : `${file}:${issue.line}:${issue.column}: `;
  return issue.path === '' ? '' : `${issue.path}: `;
}
