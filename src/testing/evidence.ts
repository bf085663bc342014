import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { printable } from '../base/index.ts';
import type { Capture } from '../capture/index.ts';
import { describeFirewall, describeNat, describeProcesses, describeLab, PLAIN } from '../cli/index.ts';
import { processes, type Lab } from '../lab/index.ts';
import type { TableState } from '../state/index.ts';
import { withSocketIn } from '../netns/index.ts';
import { ONLY_SERVICE } from '../state/index.ts';
import { NETLINK_NETFILTER } from '../netlink/index.ts';
import { listTables } from '../nftables/index.ts';
import { renderTable } from '../plan/index.ts';

export interface EvidenceOptions {
  /** The parent of the new folder. */
  readonly folder: string;
  readonly test: string;
  readonly failure: unknown;
  readonly capture: Capture | undefined;
}

/** Writes the state of a lab at the end of a failed test to files. @returns their folder */
export async function writeEvidence(lab: Lab, { folder, test, failure, capture }: EvidenceOptions): Promise<string> {
  const target = resolve(folder, `${fileName(test)}-${lab.name}`);
  mkdirSync(target, { recursive: true, mode: 0o755 });
  const packets =
    capture === undefined
      ? 'not captured'
      : `${capture.packets} in capture.pcapng, ${capture.lost} lost; open it with Wireshark, tshark or tcpdump -r`;
  const head = `Test:    ${test}\nLab:     ${lab.name}\nTime:    ${new Date().toISOString()}\nPackets: ${packets}`;
  const parts = [head, failureText(failure), ...(await stateOf(lab))];
  writeFileSync(join(target, 'state.txt'), `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`, FILE_MODE);
  writeFileSync(join(target, 'rules.nft'), rulesOf(lab), FILE_MODE);
  writeLogs(lab, join(target, 'logs'));
  if (capture !== undefined) writeFileSync(join(target, 'capture.pcapng'), capture.toPcapng(), FILE_MODE);
  return target;
}

/** The umask can take permissions away, but never lets others write. */
const FILE_MODE = { mode: 0o644 };

/** The lab, its processes, and the firewalls and NATs of its nodes with their counters, as the commands print them. */
async function stateOf(lab: Lab): Promise<string[]> {
  const firewalls = lab.nodes.map((node) => () => {
    const firewall = node.firewall();
    return firewall === undefined ? '' : `firewall of ${describeFirewall(node.name, firewall, PLAIN)}`;
  });
  const nats = lab.nodes.map((node) => () => {
    const nat = node.nat();
    return nat === undefined ? '' : `NAT of ${describeNat(node.name, nat, PLAIN)}`;
  });
  const parts = [
    // Without the commands that it suggests: the lab will not exist any more.
    () => describeLab(lab.show(), PLAIN).replaceAll(/ {2}netwright \S+ \S+$/gm, ''),
    async () => describeProcesses(lab.name, await processes(lab.name), PLAIN),
    ...firewalls,
    ...nats,
  ];
  const texts: string[] = [];
  for (const part of parts) texts.push(printable(await orError(part)));
  return texts.filter((text) => text !== '');
}

/** Returns the text, or that of the error, which does not stop the other parts. */
async function orError(part: () => string | Promise<string>): Promise<string> {
  try {
    return await part();
  } catch (error) {
    return String(error);
  }
}

/** All tables in the lab's namespaces, with their counters, as `nft list ruleset` prints them. */
function rulesOf(lab: Lab): string {
  const namespaces = [lab.name, ...lab.nodes.map(({ namespace }) => namespace)];
  const texts = namespaces.flatMap((namespace) => {
    let tables: readonly TableState[];
    try {
      tables = withSocketIn(namespace, NETLINK_NETFILTER, (socket) => listTables(socket));
    } catch (error) {
      return [`# ${namespace}: ${String(error)}\n`];
    }
    return tables.length === 0
      ? []
      : [`# ${namespace}\n${tables.map((table) => `${renderTable(table)}\n`).join('\n')}`];
  });
  return texts.join('\n') || '# no rules\n';
}

/** Writes the output of each of the lab's services to a file. */
function writeLogs(lab: Lab, folder: string): void {
  const files = new Map<string, string[]>();
  for (const { node, service, line } of lab.logs()) {
    const name = service === ONLY_SERVICE ? node : `${node}.${service}`;
    const lines = files.get(name);
    if (lines === undefined) files.set(name, [line]);
    else lines.push(line);
  }
  if (files.size === 0) return;
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [name, lines] of files) writeFileSync(join(folder, `${name}.log`), `${lines.join('\n')}\n`, FILE_MODE);
}

/** The name of a test as part of a file name. */
const fileName = (test: string): string =>
  test
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60) || 'test';

/** The stack of an error; vitest's errors are plain objects with a stack. */
const failureText = (failure: unknown): string =>
  typeof failure === 'object' && failure !== null && 'stack' in failure && typeof failure.stack === 'string'
    ? failure.stack
    : inspect(failure);
