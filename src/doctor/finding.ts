import { ALL_KINDS } from '../kinds/index.ts';

export type Status = 'ok' | 'warning' | 'problem' | 'unknown';

/** One thing about this machine that Netwright depends on. */
export interface Finding {
  /** Stable, for programs: `link-vxlan`. */
  readonly id: string;
  /** What was looked at: `VXLAN links`. */
  readonly title: string;
  /** `unknown`: it could not be found out, as without root. */
  readonly status: Status;
  /** What was found. */
  readonly detail: string;
  /** What to do about it: a command, or a file and what goes into it. */
  readonly fix?: string;
  /** What in Netwright needs it. */
  readonly needed: string;
  /** Few labs need it, or none yet: most machines lack something of the kind, and run labs all the same. */
  readonly rare?: true;
}

/** Kinds of links and queueing disciplines that topologies do not use yet, and what only who asks for it has. */
const RARE: ReadonlySet<string> = new Set([
  ...ALL_KINDS.flatMap(({ name, doctor }) => (doctor?.essential === true ? [] : [`link-${name}`])),
  ...['netem', 'tbf', 'htb'].map((kind) => `qdisc-${kind}`),
  'flowtables',
]);

/** What is fixed about a finding, whatever comes out. */
export type Subject = Pick<Finding, 'id' | 'title' | 'needed'>;

export const found = (subject: Subject, status: Status, detail: string, fix?: string): Finding => ({
  ...subject,
  status,
  detail,
  ...(fix === undefined ? {} : { fix }),
  ...(RARE.has(subject.id) ? { rare: true } : {}),
});
