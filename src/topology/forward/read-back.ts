import { isDeepStrictEqual } from 'node:util';
import type { FoundNode } from '../layout/index.ts';
import { UPLINK } from '../names.ts';
import {
  rejectSysctls,
  forwardingSysctls,
  inetOf,
  NO_FORWARDING,
  NO_SOURCE_VALIDATION,
  type Settings,
} from '../sysctl/index.ts';
import { FLOW_TABLE, flowTable } from './flowtable.ts';

/** The keys that set a node's sysctls. */
export interface SettingsInput {
  readonly forward?: boolean | { readonly flowtable: true };
  readonly sysctls?: Readonly<Record<string, string | number>>;
}

/**
 * The keys `forward` and `sysctls` of a node: the smallest values that result in its settings.
 * @param nat the settings that its NAT implies; undefined without a NAT
 */
export function readBackSettings(node: FoundNode, ipv6: boolean, nat: Settings | undefined): SettingsInput {
  const { sysctls } = node.state;
  const links = linksOf(node);
  const flowtable = hasFlowtable(node, nat !== undefined);
  const own = without(withoutInherited(sysctls), {
    ...NO_FORWARDING,
    ...(links.length > 1 && NO_SOURCE_VALIDATION),
    ...nat,
    ...rejectSysctls(node.state.tables, ipv6),
  });
  const router = forwardingSysctls(ipv6);
  const candidates = [{ forward: false, sysctls: own }];
  if (Object.entries(router).every(([key, value]) => sysctls[key] === value))
    candidates.unshift({ forward: true, sysctls: without(own, router) });
  if (nat !== undefined || flowtable) {
    // Both enable forwarding, unless a sysctl disables it.
    const off = Object.keys(router).filter((key) => sysctls[key] !== '1');
    const disabled = Object.fromEntries(off.map((key) => [key, '0']));
    candidates.splice(0, candidates.length, { forward: true, sysctls: { ...without(own, router), ...disabled } });
  }
  const differing = (candidate: { forward: boolean; sysctls: Settings }): Settings =>
    Object.assign({}, ...links.map(({ name, link }) => correction(candidate, name, link.inet))) as Settings;
  const [best] = candidates
    .map((candidate) => ({ candidate, more: differing(candidate) }))
    .toSorted((a, b) => Object.keys(a.more).length - Object.keys(b.more).length);
  const { forward, sysctls: kept } = best!.candidate;
  const written = Object.entries({ ...kept, ...best!.more }).map(([key, value]) => [key, numeral(value)] as const);
  return {
    ...(flowtable ? { forward: { flowtable: true } } : forward && nat === undefined && { forward }),
    ...(written.length > 0 && { sysctls: Object.fromEntries(written) }),
  };
}

const linksOf = (node: FoundNode) =>
  node.uplink === undefined ? node.ends : [...node.ends, { name: UPLINK, link: node.uplink }];

/** Whether a node has the flowtable's table, exactly as compiled. */
export function hasFlowtable(node: FoundNode, nat: boolean): boolean {
  const interfaces = linksOf(node).map(({ name }) => name);
  return isDeepStrictEqual(node.state.tables[FLOW_TABLE], flowTable(interfaces, nat)[FLOW_TABLE]);
}

const without = (settings: Settings, implied: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([key, value]) => implied[key] !== value));

/** Removes settings of interfaces that are equal to the setting `default` of new interfaces. */
const withoutInherited = (settings: Settings): Settings =>
  Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => {
      const [, family, name] = /^net\.(ipv[46])\.conf\.(?!all\.|default\.)[^.]+\.([^.]+)$/.exec(key) ?? [];
      return family === undefined || settings[`net.${family}.conf.default.${name}`] !== value;
    }),
  );

/** Settings of one interface that `forward` and the other sysctls do not imply. */
function correction(
  candidate: { readonly forward: boolean; readonly sysctls: Settings },
  name: string,
  inet: { readonly forwarding: boolean; readonly rpFilter: number } | undefined,
): Settings {
  if (inet === undefined) return {};
  const implied = inetOf(candidate, name);
  const conf = `net.ipv4.conf.${name.replaceAll('.', '/')}`;
  return {
    ...(implied.forwarding !== inet.forwarding && { [`${conf}.forwarding`]: inet.forwarding ? '1' : '0' }),
    ...(implied.rpFilter !== inet.rpFilter && { [`${conf}.rp_filter`]: String(inet.rpFilter) }),
  };
}

const numeral = (value: string): string | number => (String(Number(value)) === value ? Number(value) : value);
