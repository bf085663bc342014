import type { Issues } from '../../format/index.ts';
import { publicationText, type Publication } from '../publish/index.ts';
import { UPLINK } from '../names.ts';
import type { WiredNode } from '../wiring/index.ts';
import type { Policy, Rule } from './policy.ts';

/**
 * The warning for a published port that no rule of the node's firewall accepts; undefined if a rule can accept it.
 * Sources that are prefixes are assumed to arrive through the uplink.
 */
export function closedPortWarning(publication: Publication, node: string, { chains }: Policy): string | undefined {
  if (chains.input === undefined || chains.input.default === 'allow') return undefined;
  const rules = chains.input.groups.flatMap((group) => (group.action === 'allow' ? group.rules : []));
  if (rules.some((rule) => acceptsUplink(rule) && acceptsPort(rule, publication))) return undefined;
  const { protocol, nodePort, count } = publication;
  const ports = count === 1 ? `${nodePort}` : `${nodePort}-${nodePort + count - 1}`;
  return `the node "${node}" publishes ${publicationText(publication)}, but its firewall accepts no connections to it: "allow" { from: internet, ${protocol}: ${ports} } in "input"`;
}

/** Warnings about ports that a node publishes, but that its firewall does not accept. */
export function closedPortWarnings(
  { name, path }: WiredNode,
  publications: readonly Publication[],
  firewall: Policy,
  issues: Issues,
): string[] {
  return publications.flatMap((publication, i) => {
    const closed = closedPortWarning(publication, name, firewall);
    return closed === undefined ? [] : [issues.locate([...path, 'publish', i], closed)];
  });
}

const acceptsUplink = ({ from }: Rule): boolean =>
  from === undefined || from.interfaces.includes(UPLINK) || from.prefixes[4].length + from.prefixes[6].length > 0;

const acceptsPort = ({ services }: Rule, { protocol, nodePort, count }: Publication): boolean =>
  services === undefined ||
  services.protocols.includes(protocol) ||
  services.ports.some(
    ({ protocol: other, range }) => other === protocol && range.first < nodePort + count && range.last >= nodePort,
  );
