import { familyOf, type Family } from '../../addr/index.ts';
import { RESERVED_NODES } from '../../format/index.ts';
import type { NamespaceState } from '../../state/index.ts';
import type { Segment } from '../wiring/index.ts';
import { hostsFiles, type HostsFile } from './hosts-file.ts';
import type { HostsModel, HostsNode, NamedHost } from './model.ts';
import { resolvConf, type Resolver } from './resolv-conf.ts';

type Files = NamespaceState['files'];

/**
 * What stands in for the files of /etc in a namespace.
 * @param node undefined for the lab's own namespace
 * @param families those for which there is a way out
 */
export type NamespaceFiles = (node: HostsNode | undefined, families: readonly Family[]) => Files;

/** What stands before the names that the host's own file has. */
export const HOST_NAMES = "# Names of the host's\n";

/**
 * Namespaces that see the same have the same object.
 * @param isLimited whether it is listed what the members of a segment reach outside
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
    // Where it is listed what may be reached, a name is open only while it is asked for.
    const listed = node?.interfaces.some(({ segment }) => isLimited(segment)) === true;
    const lines = listed ? '' : hostLines(families, node?.hosts);
    const key = `${resolv}\0${lines}`;
    let byHosts = known.get(key);
    if (byHosts === undefined) known.set(key, (byHosts = new Map<HostsFile, Files>()));
    const file = hosts(node);
    let files = byHosts.get(file);
    if (files === undefined) byHosts.set(file, (files = { hosts: file.text + lines, 'resolv.conf': resolv }));
    return files;
  };
}

type HostLines = (families: readonly Family[], own?: readonly NamedHost[]) => string;

/** The lines of the host's own names for those whose ways out are of some families. Names of the lab come first. */
function linesOfHost(model: HostsModel, { hosts = [] }: Resolver): HostLines {
  const taken = new Set<string>(RESERVED_NODES);
  for (const { name } of model.nodes) taken.add(name).add(`${name}.${model.lab}`);
  for (const { name } of model.hosts) taken.add(name);
  const free = hosts.filter(([name]) => !taken.has(name));
  const texts = new Map<string, string>();
  return (families, own = []) => {
    const key = [families, own.map(({ name }) => name)].join(' ');
    let text = texts.get(key);
    if (text === undefined) {
      const lines = free
        .filter(([name]) => !own.some((host) => host.name === name))
        .flatMap(([name, ips]) => ips.filter((ip) => families.includes(familyOf(ip))).map((ip) => `${ip} ${name}\n`));
      texts.set(key, (text = lines.length === 0 ? '' : HOST_NAMES + lines.join('')));
    }
    return text;
  };
}
