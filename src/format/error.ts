import { NetwrightError } from '../base/index.ts';

/** Where in a topology something is: keys and list positions from its root. */
export type Path = readonly (string | number)[];

/** A place in a file, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a topology. */
export interface TopologyIssue {
  readonly message: string;
  /** As in `nodes.web.networks.lan`; empty for the file as a whole. */
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
}

/** A topology that cannot be built as written. The message lists everything that is wrong with it, one line each. */
export class TopologyError extends NetwrightError {
  readonly code = 'ERR_TOPOLOGY';
  readonly file?: string;
  /** Of the first issue. */
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
