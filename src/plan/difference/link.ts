import { fixedOption, kindOf, withInitial, type AnyOptions, type MasterKind } from '../../kinds/index.ts';
import { kindName, type LinkReference, type LinkState, type NamespaceState } from '../../state/index.ts';
import { difference, changedMembers, same } from './compare.ts';
import { inetChange } from './link-settings.ts';
import type { ChangeLink, LinkChange } from '../operation/index.ts';

const optionsOf = ({ options = {} }: LinkState): AnyOptions => options;

/** Why a link must be recreated to become `wanted`; undefined if it can be changed in place. */
export function replacementReason(wanted: LinkState, actual: LinkState): string | undefined {
  if (wanted.kind !== actual.kind) return `its kind is ${kindName(actual)}, not ${kindName(wanted)}`;
  if (wanted.peer !== undefined && !same(wanted.peer, actual.peer)) {
    return actual.peer === undefined
      ? 'its other end is not where it should be'
      : `its other end is ${actual.peer.name} in ${actual.peer.namespace}`;
  }
  if (!same(wanted.lower, actual.lower))
    return `its lower link is ${lowerText(actual.lower)}, not ${lowerText(wanted.lower)}`;
  // When the MTU rises to 1280, the kernel enables IPv6 with its defaults, before addr_gen_mode can be set.
  if (wanted.addrGenMode !== undefined && actual.addrGenMode === undefined && wanted.mtu !== actual.mtu)
    return `IPv6 is off on it, since its MTU is ${actual.mtu}`;
  if (wanted.options === undefined) return undefined;
  const known = kindOf(wanted.kind).options;
  const [then, now] = [withInitial(known, optionsOf(wanted)), withInitial(known, optionsOf(actual))];
  const fixed = fixedOption(known, then, now);
  return fixed === undefined ? undefined : `its ${fixed} is ${now[fixed]}, not ${then[fixed]}`;
}

const lowerText = (lower: LinkReference | undefined): string =>
  lower === undefined ? 'none' : lower.namespace === undefined ? lower.name : `${lower.name} in ${lower.namespace}`;

/**
 * The changes that turn `actual` into `wanted` in place; undefined if none.
 * @param before its state before earlier operations, which can have made parts of `actual` unknown
 */
export function linkChange(wanted: LinkState, actual: LinkState, before = actual): LinkChange | undefined {
  const change: { -readonly [K in keyof LinkChange]: LinkChange[K] } = {};
  if (wanted.up !== actual.up) change.up = wanted.up;
  if (wanted.mtu !== actual.mtu) change.mtu = wanted.mtu;
  if (wanted.mac !== undefined && wanted.mac !== actual.mac) change.mac = wanted.mac;
  if (wanted.group !== undefined && wanted.group !== actual.group) change.group = wanted.group;
  if (wanted.master !== actual.master) change.master = wanted.master ?? '';
  const inet = inetChange(wanted, actual, before);
  if (inet !== undefined) change.inet = inet;
  if (wanted.addrGenMode !== undefined && wanted.addrGenMode !== actual.addrGenMode)
    change.addrGenMode = wanted.addrGenMode;
  const { missing, extra } = difference(wanted.altNames ?? [], actual.altNames ?? [], (name) => name);
  if (missing.length > 0) change.addAltNames = missing;
  if (extra.length > 0) change.deleteAltNames = extra;
  if (wanted.options !== undefined) {
    const known = kindOf(wanted.kind).options;
    const options = changedMembers(withInitial(known, optionsOf(wanted)), withInitial(known, optionsOf(actual)));
    if (options !== undefined) change.options = options;
  }
  if (wanted.port !== undefined) {
    const port = changedMembers(wanted.port as AnyOptions, actual.port as AnyOptions | undefined);
    if (port !== undefined) change.port = port;
  }
  for (const _ in change) return change;
  return undefined;
}

/** The kind of a link's master, if settings of the link as a port change. */
export function masterOf(
  { links }: NamespaceState,
  { master }: LinkState,
  { port }: LinkChange,
): Partial<Pick<ChangeLink, 'masterKind'>> {
  const kind = port === undefined || master === undefined ? undefined : links[master]?.kind;
  return kind === undefined ? {} : { masterKind: kind as MasterKind };
}
