import { cidr, type Cidr } from '../addr/index.ts';
import { execute, Kernel, Lock } from '../apply/index.ts';
import { checkArgument, checkOptions, NetwrightError, UsageError } from '../base/index.ts';
import { HOST, namespaceName, type SetElement } from '../state/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { withSocketIn, LabMounts } from '../netns/index.ts';
import { findElement } from '../nftables/index.ts';
import { withForgottenFlows, type ChangeElements } from '../plan/index.ts';
import { getAddresses, getLink, getRules, RT_SCOPE_UNIVERSE } from '../rtnetlink/index.ts';
import {
  hostTableName,
  openPorts,
  parsePublication,
  publicationText,
  PUBLISH_TABLE,
  publishedElements,
  UPLINK,
  type Publication,
  type PublishedElements,
} from '../topology/index.ts';
import { notUp, NotFoundError } from '../store/index.ts';
import {
  PortTakenError,
  guardChange,
  withdrawnPublications,
  asPublished,
  hasOwnTable,
  publishedNow,
  hostPortOf,
  portText,
  refuseTakenPorts,
} from '../publish/index.ts';
import { lockHost, requireHostNamespace } from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { upChanged } from './up.ts';

/** Ports of the host's that lead to a node, as the kernel has them. */
export interface Published {
  readonly lab: string;
  readonly node: string;
  /** As in a topology: `8080:80`, `127.0.0.1:5353:53/udp`. */
  readonly publish: string;
}

/** How `publish()` and `unpublish()` wait. */
export interface PublishOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 10 seconds by default. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

/** As long as others who publish, or a firewall that is changed, may take. */
const WAIT = 10_000;

/**
 * What labs publish now, whether their topologies say so or it was added since.
 * @param lab only this one's
 * @throws CapabilityError, NetlinkError
 */
export function listPublished(lab?: string): Published[] {
  if (lab !== undefined) checkArgument('lab', lab, 'text');
  requirePrivilege('reading published ports');
  if (lab !== undefined) requireHostNamespace(lab);
  return publishedNow(lab).flatMap(({ publish, ...of }) => publish.map((one) => ({ ...of, publish: one })));
}

/**
 * Publishes ports of a node that is up, at once and without disturbing others: an element of a map each. The lab's
 * topology does not say so: `up` takes them back.
 * @param texts as in a topology: `8080:80`
 * @throws UsageError, NotFoundError, PortTakenError, LockedError, CapabilityError
 */
export async function publish(
  lab: string,
  node: string,
  texts: readonly string[],
  options: PublishOptions = {},
): Promise<void> {
  checkAll(lab, node, texts, options);
  const publications = texts.map(parsed);
  const namespace = namespaceName({ lab, node });
  requirePrivilege(`publishing ports of "${namespace}"`);
  if (uplinkOf(lab, node) === undefined) await giveUplink(lab, node, options);
  await change(lab, options, () => {
    const addresses = uplinkOf(lab, node);
    if (addresses === undefined) throw new NotFoundError(`"${namespace}" has no uplink for published ports`);
    const parts = publications.flatMap((one) => withFamilies(publishedElements(one, node, addresses), one));
    const found = parts.flatMap((part) => missing(lab, part));
    refuseTakenPorts(
      undefined,
      found.flatMap(({ name, elements }) => elements.map((one) => hostPortOf(name, one))),
    );
    return [
      ...found.map((part) => operation(lab, part, { add: part.elements, remove: [] })),
      ...guardChange(lab, node, openPorts(publications), []),
    ];
  });
}

/**
 * Takes published ports of a node back. Connections that are open stay until they end; what UDP had is forgotten.
 * @throws NotFoundError when the node does not publish one of them; the rest as {@link publish}
 */
export async function unpublish(
  lab: string,
  node: string,
  texts: readonly string[],
  options: PublishOptions = {},
): Promise<void> {
  checkAll(lab, node, texts, options);
  const publications = texts.map(parsed);
  const namespace = namespaceName({ lab, node });
  requirePrivilege(`removing published ports of "${namespace}"`);
  await change(lab, options, () => {
    const addresses = uplinkOf(lab, node) ?? [];
    const changes = publications.flatMap((one) => {
      const parts = publishedElements(one, node, addresses);
      const present = parts.map((part) => ({
        ...part,
        elements: part.elements.filter((each) => isThere(lab, part, each)),
      }));
      if (present.every(({ elements }) => elements.length === 0))
        throw new NotFoundError(`"${namespace}" does not publish ${publicationText(one)}; see \`netwright publish\``);
      return present
        .filter(({ elements }) => elements.length > 0)
        .map((part) => operation(lab, part, { add: [], remove: part.elements }));
    });
    return [
      ...changes,
      ...guardChange(lab, node, [], openPorts(withdrawnPublications(lab, node, changes, publications))),
    ];
  });
}

function checkAll(lab: string, node: string, texts: readonly string[], options: PublishOptions): void {
  checkArgument('lab', lab, 'text');
  checkArgument('node', node, 'text');
  checkArgument('ports', texts, 'texts');
  checkOptions(options, { wait: 'time', signal: 'signal' });
}

function parsed(text: string): Publication {
  try {
    return parsePublication(text);
  } catch (error) {
    if (!(error instanceof NetwrightError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** Carries out what `plan` says while nobody else changes the lab, or publishes. */
async function change(
  lab: string,
  { wait = WAIT, signal }: PublishOptions,
  plan: () => ChangeElements[],
): Promise<void> {
  const labMounts = new LabMounts(lab);
  if (!labMounts.mounted) throw notUp(lab);
  using _ = await Lock.wait(lab, wait, signal);
  using _host = await lockHost(signal);
  requireHostNamespace(lab);
  requireOwnTable(lab);
  const operations = plan().flatMap(withForgottenFlows);
  const kernel = new Kernel(labMounts);
  try {
    await execute(kernel, operations, { done: 0 }, signal === undefined ? {} : { signal });
  } finally {
    kernel.close();
  }
}

function withFamilies(parts: readonly PublishedElements[], publication: Publication): readonly PublishedElements[] {
  if (parts.length > 0) return parts;
  throw new NotFoundError(
    `${publicationText(publication)} needs an address family that the lab's link to the host lacks: it has IPv6 if the lab has IPv6 and the host forwards it`,
  );
}

/** @throws NotFoundError where the lab's table on the host is gone, or another has its name */
function requireOwnTable(lab: string): void {
  if (hasOwnTable(lab)) return;
  const { family, name } = tableOf(lab);
  throw new NotFoundError(`the lab's table ${family} ${name} is missing on the host; \`netwright up\` creates it`);
}

const tableOf = (lab: string) => ({ family: 'inet', name: hostTableName(lab) }) as const;

const operation = (
  lab: string,
  { name, map }: PublishedElements,
  { add, remove }: Pick<ChangeElements, 'add' | 'remove'>,
): ChangeElements => ({ op: 'change-elements', namespace: HOST, table: tableOf(lab), name, set: map, add, remove });

/** The elements that are not there yet. @throws PortTakenError when another node of the lab has one */
function missing(lab: string, part: PublishedElements): PublishedElements[] {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const elements = part.elements.filter((element) => {
    const found = findElement(socket, tableOf(lab), part.name, part.map, element.key);
    if (found === undefined) return true;
    if (sameTarget(found, element)) return false;
    const by = namespaceName({ lab, node: found.comment ?? '?' });
    throw new PortTakenError(
      `${portText(hostPortOf(part.name, element))} of the host is published by "${by}", as port ${String(found.value?.[1])}; remove that first`,
    );
  });
  return elements.length === 0 ? [] : [{ ...part, elements }];
}

function isThere(lab: string, part: PublishedElements, element: SetElement): boolean {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const found = findElement(socket, tableOf(lab), part.name, part.map, element.key);
  return found !== undefined && sameTarget(found, element);
}

const sameTarget = (a: SetElement, b: SetElement): boolean => String(a.value) === String(b.value);

/** The addresses of a node's uplink; undefined when it has none that ports can be published by. */
function uplinkOf(lab: string, node: string): Cidr[] | undefined {
  const labMounts = new LabMounts(lab);
  const namespace = namespaceName({ lab, node });
  if (!labMounts.mounted || !labMounts.alive(namespace))
    throw new NotFoundError(`there is no node "${namespace}"; \`netwright ls\` lists them`);
  try {
    return withSocketIn(namespace, NETLINK_ROUTE, (socket) => {
      if (!getRules(socket).some(({ table }) => table === PUBLISH_TABLE)) return undefined;
      const { index } = getLink(socket, UPLINK);
      return getAddresses(socket, { index }).flatMap(({ local, address, scope, prefixLength }) => {
        const ip = local ?? address;
        return ip === undefined || scope !== RT_SCOPE_UNIVERSE ? [] : [cidr(ip, prefixLength)];
      });
    });
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

/** Brings the lab up anew, as it was and with an uplink for the node. What is published by then stays. */
async function giveUplink(lab: string, node: string, options: PublishOptions): Promise<void> {
  await upChanged(lab, { wait: WAIT, ...options }, (topology) => {
    const { nodes = {}, ...rest } = asPublished(topology);
    return { ...rest, nodes: { ...nodes, [node]: { publish: [], ...nodes[node] } } };
  });
}
