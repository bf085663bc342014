import { familyOf, type Ip } from '../addr/index.ts';
import { HOST } from '../state/index.ts';
import type { Compiled, Expectation } from '../topology/index.ts';
import { PortOwners, type Place } from './port-owner.ts';
import type { Attempted } from './probe.ts';
import { servicesNotListening } from './services-not-listening.ts';
import { PathCheck, type PathFault } from './path-check.ts';

/**
 * Adds to the results of probes what packets alone do not show: who owns the target's port, why there was no reply, and
 * whether an unreachable target would have been reachable without a filter.
 */
export class Explainer {
  readonly #compiled: Compiled;
  readonly #owners: PortOwners;
  readonly #paths: PathCheck;

  constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.#owners = new PortOwners(compiled.lab);
    this.#paths = new PathCheck(compiled);
  }

  /** Returns the result for one target of an expectation with its port owner, its explanation, `empty` or `broken`. */
  examine(expectation: Expectation, attempt: Attempted): Attempted {
    if (!attempt.tried || attempt.by?.kind === 'stand-in') return attempt;
    const place = this.#placeOf(expectation, attempt);
    const by = place === undefined ? undefined : this.#owners.at(place);
    if (attempt.reached) return by === undefined ? attempt : { ...attempt, by };
    const absence = place !== undefined && by === undefined ? this.#absence(expectation, place) : undefined;
    if (expectation.reachable)
      return absence === undefined ? attempt : { ...attempt, detail: joined(attempt, absence) };
    const fault = this.#fault(expectation, attempt, absence);
    if (fault === undefined) return attempt;
    return { ...attempt, [fault.broken ? 'broken' : 'empty']: fault.reason };
  }

  /** Why packets to the target cannot arrive, according to the routes of the lab's nodes. */
  deadEnd({ from, toNode }: Expectation, target: Ip): string | undefined {
    return toNode === from ? undefined : this.#paths.deadEnd(from, target);
  }

  /** The namespace and address of the target's port, if it is in the lab or on the host. */
  #placeOf({ to, toNode, inside, protocol, port }: Expectation, { target }: Attempted): Place | undefined {
    if (protocol === 'icmp' || (toNode === undefined && to !== 'host')) return undefined;
    const namespace = toNode === undefined ? HOST : this.#compiled.nodes[toNode]!.namespace;
    return { namespace, protocol, target: inside ?? target, port: port! };
  }

  /** The text for a port that nothing listens on, with the reason; undefined if no service is to listen there. */
  #absence({ targets, toNode, served, port }: Expectation, place: Place): string | undefined {
    if (toNode === undefined) return `nothing listens on port ${port} of the host`;
    if (served !== true) return undefined;
    const family = familyOf(place.target);
    const other = targets.find((target) => familyOf(target) !== family);
    if (other !== undefined && this.#owners.at({ ...place, target: other }) !== undefined)
      return `nothing listens on ${toNode}:${port} for IPv${family}, only for IPv${familyOf(other)}`;
    const services = this.#compiled.state.namespaces[place.namespace]?.services ?? {};
    return `nothing listens on ${toNode}:${port}: ${servicesNotListening(this.#compiled.lab, place.namespace, services)}`;
  }

  /** Why an unreachable target would have been unreachable without a filter, too; undefined if nothing shows that. */
  #fault({ from, to, toNode, inside }: Expectation, attempt: Attempted, absence?: string): PathFault | undefined {
    const { target, detail, end } = attempt;
    if (end === 'unsent') return { reason: `${from}: ${detail}`, broken: this.#paths.hasRoute(from, target) };
    if (end === 'forbidden') return undefined;
    if (end === 'unconfirmed') return { reason: detail, broken: false };
    if (end === 'closed' && absence !== undefined) return { reason: absence, broken: toNode !== undefined };
    const fault =
      (toNode === undefined ? undefined : this.#paths.targetFault(toNode, inside ?? target)) ??
      this.#paths.firstHopFault(from, target);
    if (fault !== undefined || end === 'refused' || end === 'closed') return fault;
    if (toNode === undefined && to !== 'host')
      return { reason: `${detail}, and no node or neighbour with the address ${target} is known`, broken: false };
    return undefined;
  }
}

const joined = ({ detail, end }: Attempted, absence: string): string =>
  end === 'closed' ? absence : `${detail}; ${absence}`;
