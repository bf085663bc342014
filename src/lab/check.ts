import { checkOptions } from '../base/index.ts';
import { parseIp, type Ip } from '../addr/index.ts';
import { AF_INET } from '../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { getAddresses, getLinks, IFF_LOOPBACK, IFF_UP, RT_SCOPE_UNIVERSE } from '../rtnetlink/index.ts';
import { HOST } from '../state/index.ts';
import type { Compiled, Expectation } from '../topology/index.ts';
import { hostLinkName } from '../topology/index.ts';
import { requireHostNamespace } from '../host/index.ts';
import { Explainer } from '../probe/index.ts';
import { runProbes, type Probe, type ProbeResult } from '../probe/index.ts';

/** Options of `lab.check()`. */
export interface CheckOptions {
  /** How long each probe waits for a reply, in milliseconds; 1000 by default. Finite, 0 or more. */
  readonly timeout?: number;
  /** Stops the check; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with each result as soon as it is known, in any order. */
  readonly onResult?: (result: CheckResult) => void;
}

/** The result of one expectation. */
export interface CheckResult extends ProbeResult {
  /** The expectation from the topology. */
  readonly expectation: Expectation;
}

/**
 * Tests the expectations of a lab's topology with real packets.
 * @returns one result for each expectation, in the order of the topology
 * @throws OtherNamespaceError, CapabilityError, UsageError; the signal's reason
 */
export async function check(compiled: Compiled, options: CheckOptions = {}): Promise<CheckResult[]> {
  const { lab, nodes, expectations, state } = compiled;
  requireHostNamespace(lab);
  checkOptions(options, { timeout: 'finiteTime', signal: 'signal', onResult: 'function' });
  const { timeout, signal, onResult } = options;
  const probes = expectations.map((expectation): Probe => {
    const toNamespace = expectation.toNode === undefined ? undefined : nodes[expectation.toNode]?.namespace;
    const toHost = expectation.to === 'host';
    const targets = toHost ? hostTargets(lab, state.namespaces[HOST]?.links ?? {}) : expectation.targets;
    return {
      from: nodes[expectation.from]!.namespace,
      targets,
      addressless: toHost && targets.length === 0,
      protocol: expectation.protocol,
      reachable: expectation.reachable,
      ...(toNamespace === undefined ? {} : { toNamespace }),
      ...(expectation.served === undefined ? {} : { served: expectation.served }),
      ...(expectation.port === undefined ? {} : { port: expectation.port }),
      ...(expectation.rtt === undefined ? {} : { rtt: expectation.rtt }),
    };
  });
  const explainer = new Explainer(compiled);
  const results = await runProbes(probes, {
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(signal === undefined ? {} : { signal }),
    deadEnd: (index, target) => explainer.deadEnd(expectations[index]!, target),
    examine: (index, attempted) => explainer.examine(expectations[index]!, attempted),
    onResult: (index, result) => onResult?.({ ...result, expectation: expectations[index]! }),
  });
  return results.map((result, i) => ({ ...result, expectation: expectations[i]! }));
}

/**
 * An address of the host that is not on the lab's uplink, so that packets to it must be forwarded and translated. If
 * the host has no such address, those of the uplink's host side.
 */
function hostTargets(
  lab: string,
  links: Readonly<Record<string, { addresses: readonly { address: string }[] }>>,
): Ip[] {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const usable = new Set(
    getLinks(socket)
      .filter(
        ({ flags, name }) =>
          (flags & IFF_UP) !== 0 && (flags & IFF_LOOPBACK) === 0 && name?.startsWith('nw-') === false,
      )
      .map(({ index }) => index),
  );
  const beyond = getAddresses(socket).find(
    ({ index, scope, local, family }) =>
      usable.has(index) && scope === RT_SCOPE_UNIVERSE && local !== undefined && family === AF_INET,
  );
  if (beyond?.local !== undefined) return [beyond.local];
  return (links[hostLinkName(lab)]?.addresses ?? []).map(({ address }) =>
    parseIp(address.slice(0, address.indexOf('/'))),
  );
}
