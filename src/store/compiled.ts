import {
  compile,
  TopologyError,
  uplinkAddressCount,
  type Compiled,
  type Resolver,
  type Topology,
} from '../topology/index.ts';
import type { HostReader } from '../observe/index.ts';
import { hostNames, hostResolver, chooseUplink } from '../host/index.ts';
import { notUpError } from './other-mounts.ts';
import { load, savedSource, savedTopology } from './saved-topology.ts';
import { kernelHasIpv6 } from '../proc/index.ts';

/** A topology compiled for this host, with warnings for the user. */
export interface CompiledForHost {
  readonly compiled: Compiled;
  readonly warnings: readonly string[];
}

const NO_RESOLVER: Resolver = { nameservers: [], settings: [] };

/**
 * Compiles a topology for this host. Reads the host's uplink, resolver and names; changes nothing.
 * @param host the host's state, if it was read before
 * @throws TopologyError, CapabilityError
 */
export function compileForHost(topology: Topology, host?: HostReader): CompiledForHost {
  const ipv6 = kernelHasIpv6();
  if (uplinkAddressCount(topology) === 0) {
    const compiled = compile(topology, { ipv6 });
    return { compiled, warnings: compiled.warnings };
  }
  const { uplink, warnings } = chooseUplink(topology, host);
  const { resolver = NO_RESOLVER, warnings: resolverWarnings } = hostResolver(uplink.v6 === undefined ? [4] : [4, 6]);
  const compiled = compile(topology, { ipv6, uplink, resolver: { ...resolver, hosts: hostNames() } });
  return { compiled, warnings: [...compiled.warnings, ...warnings, ...resolverWarnings] };
}

/**
 * Compiles the stored topology of a lab that is up.
 * @param host the host's state, if it was read before
 * @throws NotFoundError, OtherMountNamespaceError, UnreadableError
 */
export function compileSaved(lab: string, host?: HostReader): Compiled {
  const topology = savedTopology(lab);
  if (topology === undefined) throw notUpError(lab);
  try {
    return compileForHost(topology, host).compiled;
  } catch (error) {
    // Compile again from the file's text: that error has lines and columns.
    if (error instanceof TopologyError) compileForHost(load(savedSource(lab)!));
    throw error;
  }
}
