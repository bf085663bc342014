import { familyOf, type Ip } from '../addr/index.ts';
import { HOST } from '../state/index.ts';
import type { Compiled, Expectation } from '../topology/index.ts';
import { PortOwners, type Place } from './port-owner.ts';
import type { Attempted } from './probe.ts';
import { servicesNotListening } from './services-not-listening.ts';
import { PathCheck, type PathFault } from './path-check.ts';

/**
 * Says of what came of probes what packets alone do not tell: who answered, why nobody did, and whether anything could have
 * been reached where nothing was to be.
 */
export class Explainer {
  readonly #compiled: Compiled;
  readonly #answerers: PortOwners;
  readonly #ways: PathCheck;

  constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.#answerers = new PortOwners(compiled.lab);
    this.#ways = new PathCheck(compiled);
  }

  examine(expectation: Expectation, one: Attempted): Attempted {
    if (!one.tried || one.by?.kind === 'stand-in') return one;
    const place = this.#placeOf(expectation, one);
    const by = place === undefined ? undefined : this.#answerers.at(place);
    if (one.reached) return by === undefined ? one : { ...one, by };
    const absence = place !== undefined && by === undefined ? this.#absence(expectation, place) : undefined;
    if (expectation.reachable) return absence === undefined ? one : { ...one, detail: explained(one, absence) };
    const gap = this.#gap(expectation, one, absence);
    if (gap === undefined) return one;
    return { ...one, [gap.broken ? 'broken' : 'empty']: gap.reason };
  }

  /** Why nothing can come of a packet that was sent, as the routes of the lab's nodes say. */
  deadEnd({ from, toNode }: Expectation, target: Ip): string | undefined {
    return toNode === from ? undefined : this.#ways.deadEnd(from, target);
  }

  /** Where a target's port is, when that is on this machine. */
  #placeOf({ to, toNode, inside, protocol, port }: Expectation, { target }: Attempted): Place | undefined {
    if (protocol === 'icmp' || (toNode === undefined && to !== 'host')) return undefined;
    const namespace = toNode === undefined ? HOST : this.#compiled.nodes[toNode]!.namespace;
    return { namespace, protocol, target: inside ?? target, port: port! };
  }

  /** That nothing listens where a probe went, and why. */
  #absence({ targets, toNode, served, port }: Expectation, place: Place): string | undefined {
    if (toNode === undefined) return `nothing listens on port ${port} of the host`;
    if (served !== true) return undefined;
    const family = familyOf(place.target);
    const other = targets.find((target) => familyOf(target) !== family);
    if (other !== undefined && this.#answerers.at({ ...place, target: other }) !== undefined)
      return `nothing listens on ${toNode}:${port} for IPv${family}, only for IPv${familyOf(other)}`;
    const services = this.#compiled.state.namespaces[place.namespace]?.services ?? {};
    return `nothing listens on ${toNode}:${port}: ${servicesNotListening(this.#compiled.lab, place.namespace, services)}`;
  }

  /** Why a target that was not reached could not have been. */
  #gap({ from, to, toNode, inside }: Expectation, one: Attempted, absence: string | undefined): PathFault | undefined {
    const { target, detail, end } = one;
    if (end === 'unsent') return { reason: `${from}: ${detail}`, broken: this.#ways.hasWay(from, target) };
    if (end === 'forbidden') return undefined;
    if (end === 'unheard') return { reason: detail, broken: false };
    if (end === 'closed' && absence !== undefined) return { reason: absence, broken: toNode !== undefined };
    const gap =
      (toNode === undefined ? undefined : this.#ways.arrival(toNode, inside ?? target)) ??
      this.#ways.departure(from, target);
    if (gap !== undefined || end === 'refused' || end === 'closed') return gap;
    if (toNode === undefined && to !== 'host')
      return { reason: `${detail}, and no node or neighbour with the address ${target} is known`, broken: false };
    return undefined;
  }
}

const explained = ({ detail, end }: Attempted, absence: string): string =>
  end === 'closed' ? absence : `${detail}; ${absence}`;
