import { ALL_KINDS } from '../kinds/index.ts';

export type Status = 'ok' | 'warning' | 'problem' | 'unknown';

/** The result of one check of this machine. */
export interface Finding {
  /** A stable identifier for programs: `link-vxlan`. */
  readonly id: string;
  /** What was checked: `VXLAN links`. */
  readonly title: string;
  /** `unknown` if it could not be checked, for example without root. */
  readonly status: Status;
  /** The result in words. */
  readonly detail: string;
  /** How to fix it: a command, or a file with its content. */
  readonly fix?: string;
  /** The features of Netwright that need it. */
  readonly needed: string;
  /** True if few labs need it: many machines lack it, and run labs all the same. */
  readonly rare?: true;
}

/** Kinds of links, queueing disciplines and features that few topologies use. */
const RARE: ReadonlySet<string> = new Set([
  ...ALL_KINDS.flatMap(({ name, doctor }) => (doctor?.essential === true ? [] : [`link-${name}`])),
  ...['netem', 'tbf', 'htb'].map((kind) => `qdisc-${kind}`),
  'flowtables',
]);

/** The part of a finding that does not depend on the result. */
export type Subject = Pick<Finding, 'id' | 'title' | 'needed'>;

export const found = (subject: Subject, status: Status, detail: string, fix?: string): Finding => ({
  ...subject,
  status,
  detail,
  ...(fix === undefined ? {} : { fix }),
  ...(RARE.has(subject.id) ? { rare: true } : {}),
});
