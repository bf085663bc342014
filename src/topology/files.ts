import type { Family } from '../addr/index.ts';
import type { NamespaceState } from '../model/index.ts';
import { hostsFiles, type HostsFile } from './hosts.ts';
import type { Model, ModelNode } from './model.ts';
import { resolvConf, type Resolver } from './resolver.ts';

type Files = NamespaceState['files'];

/**
 * What stands in for the files of /etc in a namespace.
 * @param node undefined for the lab's own namespace
 * @param families those for which there is a way out
 */
export type NamespaceFiles = (node: ModelNode | undefined, families: readonly Family[]) => Files;

/** Namespaces that see the same have the same object. */
export function namespaceFiles(model: Model, resolver: Resolver = { nameservers: [], settings: [] }): NamespaceFiles {
  const hosts = hostsFiles(model);
  const byResolver = new Map<string, Map<HostsFile, Files>>();
  return (node, families) => {
    const resolv = resolvConf(resolver, families);
    let byHosts = byResolver.get(resolv);
    if (byHosts === undefined) byResolver.set(resolv, (byHosts = new Map<HostsFile, Files>()));
    const file = hosts(node);
    let files = byHosts.get(file);
    if (files === undefined) byHosts.set(file, (files = { hosts: file.text, 'resolv.conf': resolv }));
    return files;
  };
}
