import { familyOf, type Family } from '../../addr/index.ts';
import { RESERVED_NODES } from '../../format/index.ts';
import type { NamespaceState } from '../../state/index.ts';
import type { Segment } from '../wiring/index.ts';
import { hostsFiles, type HostsFile } from './hosts-file.ts';
import type { HostsModel, HostsNode, NamedHost } from './model.ts';
import { resolvConf, type Resolver } from './node-resolv-conf.ts';

type Files = NamespaceState['files'];

/**
 * Returns the files that replace those in /etc in a namespace.
 * @param node undefined for the lab's own namespace
 * @param families the families with a default route to the uplink
 */
export type NamespaceFiles = (node: HostsNode | undefined, families: readonly Family[]) => Files;

/** The comment before the names from the host's /etc/hosts. */
export const HOST_NAMES = "# Names of the host's\n";

/**
 * Namespaces with the same files get the same object.
 * @param isLimited whether a segment has `egress`
 */
export function namespaceFiles(
  model: HostsModel,
  isLimited: (segment: Segment) => boolean,
  resolver: Resolver = { nameservers: [], settings: [] },
): NamespaceFiles {
  const hosts = hostsFiles(model);
  const hostLines = linesOfHost(model, resolver);
  const known = new Map<string, Map<HostsFile, Files>>();
  return (node, families) => {
    const resolv = resolvConf(resolver, families);
    // With `egress`, an address of a name is only allowed after a DNS query: so these nodes get no names of the host.
    const limited = node?.interfaces.some(({ segment }) => isLimited(segment)) === true;
    const lines = limited ? '' : hostLines(families, node?.hosts);
    const key = `${resolv}\0${lines}`;
    let byHosts = known.get(key);
    if (byHosts === undefined) known.set(key, (byHosts = new Map<HostsFile, Files>()));
    const file = hosts(node);
    let files = byHosts.get(file);
    if (files === undefined) byHosts.set(file, (files = { hosts: file.text + lines, 'resolv.conf': resolv }));
    return files;
  };
}

type HostLines = (families: readonly Family[], nodeHosts?: readonly NamedHost[]) => string;

/** The lines with the host's names, for nodes with an uplink for `families`. Names of the lab override them. */
function linesOfHost(model: HostsModel, { hosts = [] }: Resolver): HostLines {
  const taken = new Set<string>(RESERVED_NODES);
  for (const { name } of model.nodes) taken.add(name).add(`${name}.${model.lab}`);
  for (const { name } of model.hosts) taken.add(name);
  const free = hosts.filter(([name]) => !taken.has(name));
  const texts = new Map<string, string>();
  return (families, nodeHosts = []) => {
    const key = [families, nodeHosts.map(({ name }) => name)].join(' ');
    let text = texts.get(key);
    if (text === undefined) {
      const lines = free
        .filter(([name]) => !nodeHosts.some((host) => host.name === name))
        .flatMap(([name, ips]) => ips.filter((ip) => families.includes(familyOf(ip))).map((ip) => `${ip} ${name}\n`));
      texts.set(key, (text = lines.length === 0 ? '' : HOST_NAMES + lines.join('')));
    }
    return text;
  };
}
