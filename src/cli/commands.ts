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
  /** The kinds of its arguments; the last one's is that of all that follow. */
  readonly arguments: readonly ArgumentKind[];
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Every command, in the order of the help. Each is loaded when it is called. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: 'bring the lab of a topology file up',
    arguments: ['file'],
    load: () => import('./command/up.ts'),
  },
  plan: {
    summary: 'show what `up` would do',
    arguments: ['file'],
    load: () => import('./command/plan.ts'),
  },
  ls: {
    summary: 'list the labs that are up, with their nodes',
    arguments: [],
    load: () => import('./command/ls.ts'),
  },
  show: {
    summary: 'show what a lab is made of, as the kernel has it',
    arguments: ['lab or file'],
    load: () => import('./command/show.ts'),
  },
  nat: {
    summary: 'show what a node translates: live mappings and connections',
    arguments: ['node'],
    load: () => import('./command/nat.ts'),
  },
  exec: {
    summary: 'run a program in a node',
    arguments: ['node', 'program', 'program argument'],
    load: () => import('./command/exec.ts'),
  },
  run: {
    summary: 'run a command that reaches nothing but what is allowed',
    arguments: ['program', 'program argument'],
    load: () => import('./command/run.ts'),
  },
  shell: {
    summary: 'open a shell in a node',
    arguments: ['node'],
    load: () => import('./command/shell.ts'),
  },
  ps: {
    summary: 'list the services of a lab, and what else runs in it',
    arguments: ['lab or file'],
    load: () => import('./command/ps.ts'),
  },
  logs: {
    summary: 'print what services have printed',
    arguments: ['lab or service', 'lab or service'],
    load: () => import('./command/logs.ts'),
  },
  restart: {
    summary: 'end services of a node and start them again',
    arguments: ['service', 'service'],
    load: () => import('./command/restart.ts'),
  },
  firewall: {
    summary: "show a node's firewall in words, with its counters",
    arguments: ['node'],
    load: () => import('./command/firewall.ts'),
  },
  check: {
    summary: 'prove what a lab expects by sending packets',
    arguments: ['lab or file'],
    load: () => import('./command/check.ts'),
  },
  down: {
    summary: 'remove labs, with whatever runs in them',
    arguments: ['lab or file', 'lab or file'],
    load: () => import('./command/down.ts'),
  },
  publish: {
    summary: "publish ports of a node's on the host, or tell which are",
    arguments: ['node', 'port'],
    load: () => import('./command/publish.ts'),
  },
  watch: {
    summary: 'tell what of a lab changes, as it happens',
    arguments: ['lab or file'],
    load: () => import('./command/watch.ts'),
  },
  script: {
    summary: 'print a lab as a shell script',
    arguments: ['file'],
    load: () => import('./command/script.ts'),
  },
  snapshot: {
    summary: 'print the topology file of what the kernel holds',
    arguments: ['lab or file'],
    load: () => import('./command/snapshot.ts'),
  },
  clean: {
    summary: 'find what labs have left behind, and remove it',
    arguments: [],
    load: () => import('./command/clean.ts'),
  },
  rootless: {
    summary: 'run a program as root of a user namespace of your own',
    arguments: ['program', 'program argument'],
    load: () => import('./command/rootless.ts'),
  },
  doctor: {
    summary: 'look whether this machine has what labs need',
    arguments: [],
    load: () => import('./command/doctor.ts'),
  },
  completion: {
    summary: "print a shell's completion script",
    arguments: ['shell'],
    load: () => import('./command/completion.ts'),
  },
};
