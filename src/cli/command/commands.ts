import type { Command } from 'commander';

/** The kind of a command's argument, for completion. */
export type ArgumentKind =
  | 'file'
  | 'lab or file'
  | 'node'
  | 'service'
  | 'lab or service'
  | 'program'
  | 'program argument'
  | 'port'
  | 'shell';

/** The groups of commands: the headings of the help and of the lists in README and docs/, in their order. */
export type Group = 'Build' | 'See' | 'Test' | 'Run' | 'Integrate' | 'Host';

export interface CommandEntry {
  readonly summary: string;
  readonly group: Group;
  /** The kinds of its arguments; the last one applies to all further arguments. */
  readonly arguments: readonly ArgumentKind[];
  readonly load: () => Promise<{ readonly command: Command }>;
}

/**
 * Every command, in the order of the help, group by group. A command is loaded when it is called. The help, the
 * completion, and the lists in README and docs/command-line.md (`npm run commands`) are made from this table.
 */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: 'bring the lab of a topology file up',
    group: 'Build',
    arguments: ['file'],
    load: () => import('./up.ts'),
  },
  plan: {
    summary: 'show what `up` would do',
    group: 'Build',
    arguments: ['file'],
    load: () => import('./plan.ts'),
  },
  down: {
    summary: 'remove labs and all processes in them',
    group: 'Build',
    arguments: ['lab or file', 'lab or file'],
    load: () => import('./down.ts'),
  },
  publish: {
    summary: 'publish ports of nodes on the host',
    group: 'Build',
    arguments: ['node', 'port'],
    load: () => import('./publish.ts'),
  },
  ls: {
    summary: 'list the labs that are up, with their nodes',
    group: 'See',
    arguments: [],
    load: () => import('./ls.ts'),
  },
  show: {
    summary: 'show the state of a lab in the kernel',
    group: 'See',
    arguments: ['lab or file'],
    load: () => import('./show.ts'),
  },
  ps: {
    summary: 'list the services and processes of a lab',
    group: 'See',
    arguments: ['lab or file'],
    load: () => import('./ps.ts'),
  },
  logs: {
    summary: 'print the output of services',
    group: 'See',
    arguments: ['lab or service', 'lab or service'],
    load: () => import('./logs.ts'),
  },
  nat: {
    summary: "show a node's NAT and its mappings",
    group: 'See',
    arguments: ['node'],
    load: () => import('./nat.ts'),
  },
  firewall: {
    summary: "show a node's firewall, with its counters",
    group: 'See',
    arguments: ['node'],
    load: () => import('./firewall.ts'),
  },
  watch: {
    summary: 'report changes of a lab as they happen',
    group: 'See',
    arguments: ['lab or file'],
    load: () => import('./watch.ts'),
  },
  check: {
    summary: "test a lab's expectations with real packets",
    group: 'Test',
    arguments: ['lab or file'],
    load: () => import('./check.ts'),
  },
  exec: {
    summary: 'run a program in a node',
    group: 'Run',
    arguments: ['node', 'program', 'program argument'],
    load: () => import('./exec.ts'),
  },
  shell: {
    summary: 'open a shell in a node',
    group: 'Run',
    arguments: ['node'],
    load: () => import('./shell.ts'),
  },
  restart: {
    summary: 'restart services of a node',
    group: 'Run',
    arguments: ['service', 'service'],
    load: () => import('./restart.ts'),
  },
  run: {
    summary: 'run a program behind an egress allow-list',
    group: 'Run',
    arguments: ['program', 'program argument'],
    load: () => import('./run.ts'),
  },
  rootless: {
    summary: 'run a program as root of a user namespace',
    group: 'Run',
    arguments: ['program', 'program argument'],
    load: () => import('./rootless.ts'),
  },
  script: {
    summary: 'print a lab as a shell script',
    group: 'Integrate',
    arguments: ['file'],
    load: () => import('./script.ts'),
  },
  snapshot: {
    summary: "print the kernel's state as a topology",
    group: 'Integrate',
    arguments: ['lab or file'],
    load: () => import('./snapshot.ts'),
  },
  completion: {
    summary: 'print a completion script for a shell',
    group: 'Integrate',
    arguments: ['shell'],
    load: () => import('./completion.ts'),
  },
  doctor: {
    summary: 'check whether this machine can run labs',
    group: 'Host',
    arguments: [],
    load: () => import('./doctor.ts'),
  },
  clean: {
    summary: 'find and remove leftovers of labs',
    group: 'Host',
    arguments: [],
    load: () => import('./clean.ts'),
  },
};
