import type { Command } from 'commander';

/** What an argument of a command is, for completion. */
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

export interface CommandEntry {
  readonly summary: string;
  /** The heading that the help lists it below. */
  readonly group: string;
  /** The kinds of its arguments; the last one's is that of all that follow. */
  readonly arguments: readonly ArgumentKind[];
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Every command, in the order of the help. Each is loaded when it is called. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: 'bring the lab of a topology file up',
    group: 'Labs:',
    arguments: ['file'],
    load: () => import('./command/up.ts'),
  },
  plan: {
    summary: 'show what `up` would do',
    group: 'Labs:',
    arguments: ['file'],
    load: () => import('./command/plan.ts'),
  },
  check: {
    summary: 'prove what a lab expects by sending packets',
    group: 'Labs:',
    arguments: ['lab or file'],
    load: () => import('./command/check.ts'),
  },
  down: {
    summary: 'remove labs, with whatever runs in them',
    group: 'Labs:',
    arguments: ['lab or file', 'lab or file'],
    load: () => import('./command/down.ts'),
  },
  ls: {
    summary: 'list the labs that are up, with their nodes',
    group: 'Labs:',
    arguments: [],
    load: () => import('./command/ls.ts'),
  },
  show: {
    summary: 'show what a lab is made of, as the kernel has it',
    group: 'What is in a lab:',
    arguments: ['lab or file'],
    load: () => import('./command/show.ts'),
  },
  nat: {
    summary: "show a node's NAT, and what it translates now",
    group: 'What is in a lab:',
    arguments: ['node'],
    load: () => import('./command/nat.ts'),
  },
  firewall: {
    summary: "show a node's firewall in words, with its counters",
    group: 'What is in a lab:',
    arguments: ['node'],
    load: () => import('./command/firewall.ts'),
  },
  ps: {
    summary: 'list the services of a lab, and what else runs in it',
    group: 'What is in a lab:',
    arguments: ['lab or file'],
    load: () => import('./command/ps.ts'),
  },
  logs: {
    summary: 'print what services have printed',
    group: 'What is in a lab:',
    arguments: ['lab or service', 'lab or service'],
    load: () => import('./command/logs.ts'),
  },
  watch: {
    summary: 'tell what of a lab changes, as it happens',
    group: 'What is in a lab:',
    arguments: ['lab or file'],
    load: () => import('./command/watch.ts'),
  },
  exec: {
    summary: 'run a program in a node',
    group: 'At work in a lab:',
    arguments: ['node', 'program', 'program argument'],
    load: () => import('./command/exec.ts'),
  },
  shell: {
    summary: 'open a shell in a node',
    group: 'At work in a lab:',
    arguments: ['node'],
    load: () => import('./command/shell.ts'),
  },
  restart: {
    summary: 'end services of a node and start them again',
    group: 'At work in a lab:',
    arguments: ['service', 'service'],
    load: () => import('./command/restart.ts'),
  },
  publish: {
    summary: "publish ports of a node's on the host, or tell which are",
    group: 'At work in a lab:',
    arguments: ['node', 'port'],
    load: () => import('./command/publish.ts'),
  },
  script: {
    summary: 'print a lab as a shell script',
    group: 'A lab as text:',
    arguments: ['file'],
    load: () => import('./command/script.ts'),
  },
  snapshot: {
    summary: 'print the topology file of what the kernel holds',
    group: 'A lab as text:',
    arguments: ['lab or file'],
    load: () => import('./command/snapshot.ts'),
  },
  run: {
    summary: 'run a command that reaches nothing but what is allowed',
    group: 'Other ways to run a program:',
    arguments: ['program', 'program argument'],
    load: () => import('./command/run.ts'),
  },
  rootless: {
    summary: 'run a program as root of a user namespace of your own',
    group: 'Other ways to run a program:',
    arguments: ['program', 'program argument'],
    load: () => import('./command/rootless.ts'),
  },
  doctor: {
    summary: 'look whether this machine has what labs need',
    group: 'This machine:',
    arguments: [],
    load: () => import('./command/doctor.ts'),
  },
  clean: {
    summary: 'find what labs have left behind, and remove it',
    group: 'This machine:',
    arguments: [],
    load: () => import('./command/clean.ts'),
  },
  completion: {
    summary: "print a shell's completion script",
    group: 'This machine:',
    arguments: ['shell'],
    load: () => import('./command/completion.ts'),
  },
};
