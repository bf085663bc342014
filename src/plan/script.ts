import { oneLine, printable, listed } from '../base/index.ts';
import { creatableKind } from '../kinds/index.ts';
import { nodeOf, HOST, type NamespaceName } from '../state/index.ts';
import {
  dropTable,
  END_PROCESSES,
  explain,
  isExtended,
  logPath,
  namespacesOf,
  NETNS_ETC,
  savedSysctlsPath,
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
 * Renders a plan as a commented shell script that does the same with iproute2, nftables and procps. With the argument
 * `down`, the script removes what it creates.
 */
export function renderScript(operations: readonly Operation[], { lab }: ScriptOptions): string {
  const creations = creationsOf(operations);
  return [...header(operations, creations, lab), ...down(creations, lab), ...steps(operations, creations), ''].join(
    '\n',
  );
}

/** What a script creates that must be removed one by one: namespaces, and everything outside of them. */
interface Creations {
  readonly namespaces: readonly NamespaceName[];
  readonly nodes: number;
  readonly files: readonly string[];
  readonly hostLinks: readonly string[];
  readonly hostTables: readonly TableName[];
  readonly hostSettings: readonly SetSysctl[];
  readonly logs: readonly string[];
}

function creationsOf(operations: readonly Operation[]): Creations {
  const namespaces = operations.flatMap((op) => (op.op === 'create-namespace' ? [op.namespace] : []));
  const saved = new Set(operations.flatMap((op) => (op.op === 'note-sysctls' ? op.keys : [])));
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
    // Settings of the lab's own interfaces disappear with the interface, and are not saved.
    hostSettings: operations
      .filter((op) => op.op === 'set-sysctl')
      .filter(({ namespace, key }) => namespace === HOST && saved.has(key)),
    logs: operations.flatMap((op) => (op.op === 'start-service' ? [logPath(op.namespace, op.name)] : [])),
  };
}

// --- the header -----------------------------------------------------------------------------------------------------

function header(operations: readonly Operation[], creations: Creations, lab: string): string[] {
  const createsLab = creations.namespaces.includes(lab);
  const cables = operations.filter((op) => op.op === 'create-link' && op.peer !== undefined).length;
  const switches = operations.filter(
    (op) => op.op === 'create-link' && creatableKind(op.link).labNoun !== undefined,
  ).length;
  const parts = [count(creations.nodes, 'node'), count(switches, 'switch', 'switches'), count(cables, 'cable')].flat();
  const onHost = [
    ...creations.hostLinks.map((name) => `the interface ${name}`),
    ...creations.hostTables.map(({ family, name }) => `the nftables table ${family} ${name}`),
    ...creations.hostSettings.map(({ key, value }) => `${key}=${value}`),
  ];
  return [
    '#!/bin/sh',
    comment(`${createsLab ? 'Creates' : 'Changes'} lab ${lab}${parts.length === 0 ? '' : `: ${listed(parts)}`}.`),
    comment(`On the host: ${onHost.length === 0 ? 'nothing but the namespaces' : listed(onHost)}.`),
    '#',
    `# Run it with sh, as root. It needs ${listed(needed(operations))}.`,
    ...(canUndo(creations) ? ['# With the argument "down" it removes what it created, also after a partial run.'] : []),
    'set -eu',
    '# Files are readable by all users. System programs are not in the PATH of all users.',
    'umask 022',
    'PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin',
  ];
}

/** The programs that the script runs, each with its package. */
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

const count = (n: number, singular: string, plural = `${singular}s`): string[] =>
  n === 0 ? [] : [`${n} ${n === 1 ? singular : plural}`];

const comment = (text: string): string => `# ${printable(oneLine(text))}`;

// --- down -----------------------------------------------------------------------------------------------------------

const canUndo = (creations: Creations): boolean =>
  creations.namespaces.length + creations.hostLinks.length + creations.hostTables.length > 0;

function down(creations: Creations, lab: string): string[] {
  if (!canUndo(creations)) return [];
  const saved = quote(savedSysctlsPath(lab));
  const loop = [
    ...(creations.logs.length === 0 ? [] : END_PROCESSES.map((line) => `    ${line}`)),
    '    if [ -e "/run/netns/$namespace" ]; then ip netns del "$namespace"; fi',
    ...(creations.files.length === 0
      ? []
      : [
          `    rm -f ${creations.files.map((file) => `"${NETNS_ETC}/$namespace"/${quote(file)}`).join(' ')}`,
          `    if [ -d "${NETNS_ETC}/$namespace" ]; then rmdir "${NETNS_ETC}/$namespace"; fi`,
        ]),
  ];
  return [
    '',
    'down() {',
    ...(creations.hostLinks.length === 0 ? [] : ['  # Deleting one end of a veth pair deletes both.']),
    ...creations.hostLinks.map(
      (name) => `  if [ -e ${quote(`/sys/class/net/${name}`)} ]; then ${ip(HOST, 'link', 'del', 'dev', name)}; fi`,
    ),
    ...creations.hostTables.map((table) => `  ${dropTable(HOST, table)}`),
    ...(creations.hostSettings.length === 0
      ? []
      : ["  # Restore the host's settings.", `  if [ -e ${saved} ]; then sysctl -qp ${saved}; rm ${saved}; fi`]),
    ...(creations.namespaces.length === 0
      ? []
      : [
          '  # Everything in a namespace is deleted with it.',
          `  for namespace in ${command(creations.namespaces)}; do`,
          ...loop,
          '  done',
          ...creations.logs.map((path) => `  rm -f ${quote(path)}`),
        ]),
    '}',
    '',
    'case "${1:-up}" in',
    '  up) ;;',
    '  down)',
    '    # Continue after errors, to remove as much as possible.',
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

// --- up -------------------------------------------------------------------------------------------------------------

function steps(operations: readonly Operation[], creations: Creations): string[] {
  const created = new Set(creations.namespaces);
  const lines: string[] = [];
  let previous: string | undefined;
  let reason: string | undefined;
  for (const operation of operations) {
    const section = heading(sectionOf(operation));
    const why = explain(operation);
    if (section !== previous) lines.push('', comment(`=== ${section}`));
    if (section !== previous || why !== reason) lines.push(comment(why));
    previous = section;
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
