import { checkOptions } from '../base/index.ts';
import { parseIp, type Ip } from '../addr/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { getAddresses, getLinks, IFF_LOOPBACK, IFF_UP, RT_SCOPE_UNIVERSE } from '../rtnetlink/index.ts';
import { HOST } from '../state/index.ts';
import type { Compiled, Expectation } from '../topology/index.ts';
import { hostLinkName } from '../topology/index.ts';
import { requireHostNamespace } from '../host/index.ts';
import { Explainer } from '../probe/index.ts';
import { runProbes, type Probe, type ProbeResult } from '../probe/index.ts';

/** How `lab.check()` proves what is expected. */
export interface CheckOptions {
  /** How long each probe waits for an answer, in milliseconds; 1000 by default. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly onResult?: (result: CheckResult) => void;
}

/** What came of one expectation. */
export interface CheckResult extends ProbeResult {
  readonly expectation: Expectation;
}

/** Proves what a lab's file expects by sending packets. The results are in the file's order. */
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
  const examiner = new Explainer(compiled);
  const results = await runProbes(probes, {
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(signal === undefined ? {} : { signal }),
    deadEnd: (index, target) => examiner.deadEnd(expectations[index]!, target),
    examine: (index, one) => examiner.examine(expectations[index]!, one),
    onResult: (index, result) => onResult?.({ ...result, expectation: expectations[index]! }),
  });
  return results.map((result, i) => ({ ...result, expectation: expectations[i]! }));
}

/**
 * An address of this machine that lies beyond the lab's uplink, so that reaching it takes forwarding and translation;
 * that of the uplink itself on a machine that has no other.
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
      usable.has(index) && scope === RT_SCOPE_UNIVERSE && local !== undefined && family === 2,
  );
  if (beyond?.local !== undefined) return [beyond.local];
  return (links[hostLinkName(lab)]?.addresses ?? []).map(({ address }) =>
    parseIp(address.slice(0, address.indexOf('/'))),
  );
}
