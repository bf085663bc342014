import { oneLine, printable, listed } from '../base/index.ts';
import { kindOfMade } from '../kinds/index.ts';
import { nodeOf, HOST, type NamespaceName } from '../state/index.ts';
import {
  dropTable,
  END_PROCESSES,
  explain,
  isExtended,
  logPath,
  namespacesOf,
  NETNS_ETC,
  notesPath,
  render,
  sectionOf,
  type Operation,
  type SetSysctl,
  type TableName,
} from './operation/index.ts';
import { place } from './place.ts';
import { command, ip, quote } from './shell.ts';

export interface ScriptOptions {
  readonly lab: string;
}

/**
 * A plan as a shell script that makes the same with iproute2, nftables and procps, and explains itself. With the argument
 * `down` it removes what it makes.
 */
export function renderScript(operations: readonly Operation[], { lab }: ScriptOptions): string {
  const made = whatIsMade(operations);
  return [...header(operations, made, lab), ...down(made, lab), ...steps(operations, made), ''].join('\n');
}

/** What a script makes that outlives its namespaces, or holds the rest. */
interface Made {
  readonly namespaces: readonly NamespaceName[];
  readonly nodes: number;
  readonly files: readonly string[];
  readonly hostLinks: readonly string[];
  readonly hostTables: readonly TableName[];
  readonly hostSettings: readonly SetSysctl[];
  readonly logs: readonly string[];
}

function whatIsMade(operations: readonly Operation[]): Made {
  const namespaces = operations.flatMap((op) => (op.op === 'create-namespace' ? [op.namespace] : []));
  const noted = new Set(operations.flatMap((op) => (op.op === 'note-sysctls' ? op.keys : [])));
  return {
    namespaces,
    nodes: operations.filter((op) => op.op === 'create-namespace' && op.owner.node !== undefined).length,
    files: [...new Set(operations.flatMap((op) => (op.op === 'set-files' ? Object.keys(op.files) : [])))],
    hostLinks: operations.flatMap((op) => {
      if (op.op !== 'create-link') return [];
      if (op.namespace === HOST) return [op.name];
      return op.peer?.namespace === HOST ? [op.peer.name] : [];
    }),
    hostTables: operations.flatMap((op) =>
      op.op === 'add-table' && op.namespace === HOST && !op.replace ? [op.table] : [],
    ),
    // Those of an interface of the lab's go with it, and are not noted.
    hostSettings: operations
      .filter((op) => op.op === 'set-sysctl')
      .filter(({ namespace, key }) => namespace === HOST && noted.has(key)),
    logs: operations.flatMap((op) => (op.op === 'start-service' ? [logPath(op.namespace, op.name)] : [])),
  };
}

// --- the beginning -------------------------------------------------------------------------------------------------

function header(operations: readonly Operation[], made: Made, lab: string): string[] {
  const builds = made.namespaces.includes(lab);
  const cables = operations.filter((op) => op.op === 'create-link' && op.peer !== undefined).length;
  const switches = operations.filter(
    (op) => op.op === 'create-link' && kindOfMade(op.link).labNoun !== undefined,
  ).length;
  const parts = [count(made.nodes, 'node'), count(switches, 'switch', 'switches'), count(cables, 'cable')].flat();
  const onHost = [
    ...made.hostLinks.map((name) => `the interface ${name}`),
    ...made.hostTables.map(({ family, name }) => `the nftables table ${family} ${name}`),
    ...made.hostSettings.map(({ key, value }) => `${key}=${value}`),
  ];
  return [
    '#!/bin/sh',
    note(`${builds ? 'Makes' : 'Changes'} lab ${lab}${parts.length === 0 ? '' : `: ${listed(parts)}`}.`),
    note(`On the host: ${onHost.length === 0 ? 'nothing but the namespaces' : listed(onHost)}.`),
    '#',
    `# Run it with sh, as root. It needs ${listed(needed(operations))}.`,
    ...(canUndo(made) ? ['# With the argument "down" it removes what it made, whole or half-made.'] : []),
    'set -eu',
    '# Files that everybody may read, and programs that are not in the PATH of everybody.',
    'umask 022',
    'PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin',
  ];
}

/** The programs that the commands are of, each with the package it is in. */
function needed(operations: readonly Operation[]): string[] {
  const conditions = operations.flatMap((op) => (op.op === 'await-service' ? (op.service.ready ?? []) : []));
  return [
    'ip (iproute2)',
    'nft (nftables)',
    'sysctl (procps)',
    ...(operations.some(({ op }) => op === 'forget-ports' || op === 'forget-nat') ? ['conntrack'] : []),
    ...(conditions.some(({ kind }) => kind === 'http') ? ['curl'] : []),
    ...(conditions.some((ready) => ready.kind === 'log' && !isExtended(ready.pattern))
      ? ['grep with -P (GNU grep)']
      : []),
  ];
}

const count = (n: number, one: string, many = `${one}s`): string[] => (n === 0 ? [] : [`${n} ${n === 1 ? one : many}`]);

const note = (text: string): string => `# ${printable(oneLine(text))}`;

// --- down ------------------------------------------------------------------------------------------------------------

const canUndo = (made: Made): boolean => made.namespaces.length + made.hostLinks.length + made.hostTables.length > 0;

function down(made: Made, lab: string): string[] {
  if (!canUndo(made)) return [];
  const notes = quote(notesPath(lab));
  const loop = [
    ...(made.logs.length === 0 ? [] : END_PROCESSES.map((line) => `    ${line}`)),
    '    if [ -e "/run/netns/$namespace" ]; then ip netns del "$namespace"; fi',
    ...(made.files.length === 0
      ? []
      : [
          `    rm -f ${made.files.map((file) => `"${NETNS_ETC}/$namespace"/${quote(file)}`).join(' ')}`,
          `    if [ -d "${NETNS_ETC}/$namespace" ]; then rmdir "${NETNS_ETC}/$namespace"; fi`,
        ]),
  ];
  return [
    '',
    'down() {',
    ...(made.hostLinks.length === 0 ? [] : ['  # A cable goes with either of its ends.']),
    ...made.hostLinks.map(
      (name) => `  if [ -e ${quote(`/sys/class/net/${name}`)} ]; then ${ip(HOST, 'link', 'del', 'dev', name)}; fi`,
    ),
    ...made.hostTables.map((table) => `  ${dropTable(HOST, table)}`),
    ...(made.hostSettings.length === 0
      ? []
      : ["  # The host's settings, as they were.", `  if [ -e ${notes} ]; then sysctl -qp ${notes}; rm ${notes}; fi`]),
    ...(made.namespaces.length === 0
      ? []
      : [
          '  # What is in a namespace goes with it.',
          `  for namespace in ${command(made.namespaces)}; do`,
          ...loop,
          '  done',
          ...made.logs.map((path) => `  rm -f ${quote(path)}`),
        ]),
    '}',
    '',
    'case "${1:-up}" in',
    '  up) ;;',
    '  down)',
    '    # On past errors, to remove as much as there is.',
    '    set +e',
    '    down',
    '    exit',
    '    ;;',
    '  *)',
    '    echo "usage: $0 [up|down]" >&2',
    '    exit 2',
    '    ;;',
    'esac',
  ];
}

// --- up ----------------------------------------------------------------------------------------------------------------

function steps(operations: readonly Operation[], made: Made): string[] {
  const created = new Set(made.namespaces);
  const lines: string[] = [];
  let subject: string | undefined;
  let reason: string | undefined;
  for (const operation of operations) {
    const about = heading(sectionOf(operation));
    const why = explain(operation);
    if (about !== subject) lines.push('', note(`=== ${about}`));
    if (about !== subject || why !== reason) lines.push(note(why));
    subject = about;
    reason = why;
    const existing = namespacesOf(operation).some((name) => name !== HOST && !created.has(name));
    lines.push(...render(operation, { existing }));
  }
  return lines;
}

function heading(namespace: NamespaceName | undefined): string {
  if (namespace === undefined) return 'Several nodes';
  if (namespace === HOST) return 'The host';
  return nodeOf(namespace) === undefined
    ? `Lab ${namespace}: its switches`
    : `Node ${place(namespace)}: namespace ${namespace}`;
}
