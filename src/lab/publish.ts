import { cidr, parseCidr, type Cidr } from '../addr/index.ts';
import { execute, Kernel, Lock } from '../apply/index.ts';
import { checkArgument, checkOptions, NetwrightError, UsageError } from '../base/index.ts';
import { HOST, namespaceName, type NamespaceName, type SetElement } from '../state/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { withSocketIn, LabMounts } from '../netns/index.ts';
import { findElement } from '../nftables/index.ts';
import { withFlowDeletion, type ChangeElements } from '../plan/index.ts';
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
import { notUpError, NotFoundError } from '../store/index.ts';
import {
  PortTakenError,
  guardChange,
  withdrawnPublications,
  withPublishedPorts,
  hasOwnTable,
  publishedNow,
  hostPortOf,
  portText,
  requireFreePorts,
} from '../publish/index.ts';
import { lockHost, requireHostNamespace } from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { upChanged } from './up.ts';

/** A host port, or a range of host ports, that the kernel currently forwards to a node. */
export interface Published {
  readonly lab: string;
  readonly node: string;
  /** As in a topology: `8080:80`, `127.0.0.1:5353:53/udp`. */
  readonly publish: string;
}

/** Options of `publish()` and `unpublish()`. */
export interface PublishOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 10000 by default. */
  readonly wait?: number;
  /** Stops waiting. */
  readonly signal?: AbortSignal;
}

/** The default of `wait`: longer than another process needs to publish ports or to change a firewall. */
const WAIT = 10_000;

/**
 * Lists the published ports of all labs, or of one, from the kernel: those of the topology and those that `publish()`
 * added.
 * @param lab lists the ports of this lab alone
 * @throws CapabilityError without root; NetlinkError; OtherNamespaceError
 */
export function listPublished(lab?: string): Published[] {
  if (lab !== undefined) checkArgument('lab', lab, 'text');
  requirePrivilege('reading published ports');
  if (lab !== undefined) requireHostNamespace(lab);
  return publishedNow(lab).flatMap(({ publish, ...node }) => publish.map((text) => ({ ...node, publish: text })));
}

/**
 * Publishes ports of a node that is up. Each port is one element of an nftables map on the host: existing connections
 * and other published ports are not affected. If the node has no uplink, the lab is brought up again with one first.
 * The stored topology does not get the ports: the next `up` removes them.
 * @param texts as in a topology: `8080:80`, `127.0.0.1:5353:53/udp`
 * @throws UsageError if a text is no publication
 * @throws NotFoundError if there is no such lab or node
 * @throws PortTakenError if a port is in use on the host, or published by another node
 * @throws LockedError, LockFileError, CapabilityError, OtherNamespaceError; the signal's reason
 * @example
 * await publish('shop', 'web', ['8080:80']);
 */
export async function publish(
  lab: string,
  node: string,
  texts: readonly string[],
  options: PublishOptions = {},
): Promise<void> {
  const { publications, namespace } = checkCall({ lab, node, texts, options, action: 'publishing ports' });
  const partsOf = (publication: Publication, addresses: readonly Cidr[]) =>
    publishedElements(publication, node, addresses);
  if (uplinkOf(lab, node) === undefined) {
    // Before the node gets an uplink, which would stay if a port is taken.
    requireFree(
      lab,
      publications.flatMap((publication) => partsOf(publication, ANY_TARGET)),
    );
    await addUplink(lab, node, options);
  }
  await change(lab, options, () => {
    const addresses = uplinkOf(lab, node);
    if (addresses === undefined) throw new NotFoundError(`"${namespace}" has no uplink for published ports`);
    const missing = requireFree(
      lab,
      publications.flatMap((publication) => requireFamilies(partsOf(publication, addresses), publication)),
    );
    return [
      ...missing.map((part) => operation(lab, part, { add: part.elements, remove: [] })),
      ...guardChange(lab, node, openPorts(publications), []),
    ];
  });
}

/**
 * Removes published ports of a node. Established TCP connections continue until they end; the conntrack entries of UDP
 * are deleted, so that no further datagram reaches the node.
 * @param texts as for {@link publish}
 * @throws NotFoundError if the node does not publish one of them; the rest as {@link publish}
 */
export async function unpublish(
  lab: string,
  node: string,
  texts: readonly string[],
  options: PublishOptions = {},
): Promise<void> {
  const { publications, namespace } = checkCall({ lab, node, texts, options, action: 'removing published ports' });
  await change(lab, options, () => {
    const addresses = uplinkOf(lab, node) ?? [];
    const changes = publications.flatMap((publication) => {
      const parts = publishedElements(publication, node, addresses);
      const present = parts.map((part) => ({
        ...part,
        elements: part.elements.filter((element) => isPresent(lab, part, element)),
      }));
      if (present.every(({ elements }) => elements.length === 0))
        throw new NotFoundError(
          `"${namespace}" does not publish ${publicationText(publication)}; see \`netwright publish\``,
        );
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

interface Call {
  readonly lab: string;
  readonly node: string;
  readonly texts: readonly string[];
  readonly options: PublishOptions;
  /** For the message of the CapabilityError. */
  readonly action: string;
}

/** Checks the arguments of `publish()` or `unpublish()` and the privilege. @throws UsageError, CapabilityError */
function checkCall({ lab, node, texts, options, action }: Call): {
  readonly publications: readonly Publication[];
  readonly namespace: NamespaceName;
} {
  checkArgument('lab', lab, 'text');
  checkArgument('node', node, 'text');
  checkArgument('ports', texts, 'texts');
  checkOptions(options, { wait: 'time', signal: 'signal' });
  const publications = texts.map(parsed);
  const namespace = namespaceName({ lab, node });
  requirePrivilege(`${action} of "${namespace}"`);
  return { publications, namespace };
}

/** @throws UsageError */
function parsed(text: string): Publication {
  try {
    return parsePublication(text);
  } catch (error) {
    if (!(error instanceof NetwrightError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** Executes the operations that `plan` returns, under the lab's lock and the host's. */
async function change(
  lab: string,
  { wait = WAIT, signal }: PublishOptions,
  plan: () => ChangeElements[],
): Promise<void> {
  const labMounts = new LabMounts(lab);
  if (!labMounts.mounted) throw notUpError(lab);
  using _ = await Lock.wait(lab, wait, signal);
  using _host = await lockHost(signal);
  requireHostNamespace(lab);
  requireOwnTable(lab);
  const operations = plan().flatMap(withFlowDeletion);
  const kernel = new Kernel(labMounts);
  try {
    await execute(kernel, operations, { done: 0 }, signal === undefined ? {} : { signal });
  } finally {
    kernel.close();
  }
}

/** @throws NotFoundError if the lab's uplink has no address family of the publication */
function requireFamilies(parts: readonly PublishedElements[], publication: Publication): readonly PublishedElements[] {
  if (parts.length > 0) return parts;
  throw new NotFoundError(
    `${publicationText(publication)} needs an address family that the lab's link to the host lacks: it has IPv6 if the lab has IPv6 and the host forwards it`,
  );
}

/** @throws NotFoundError if the lab's table on the host is missing, or another table has its name */
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

/** In place of the address of an uplink that does not exist yet: every uplink has IPv4. */
const ANY_TARGET: readonly Cidr[] = [parseCidr('0.0.0.0/32')];

/** The elements that are not in their maps yet. @throws PortTakenError if one of their ports is in use, or published */
function requireFree(lab: string, parts: readonly PublishedElements[]): PublishedElements[] {
  const missing = hasOwnTable(lab) ? parts.flatMap((part) => missingElements(lab, part)) : [...parts];
  requireFreePorts(
    undefined,
    missing.flatMap(({ name, elements }) => elements.map((element) => hostPortOf(name, element))),
  );
  return missing;
}

/**
 * The elements that the map does not have yet.
 * @throws PortTakenError if another node of the lab publishes one of them
 */
function missingElements(lab: string, part: PublishedElements): PublishedElements[] {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const elements = part.elements.filter((element) => {
    const found = findElement(socket, tableOf(lab), part.name, part.map, element.key);
    if (found === undefined) return true;
    if (sameTarget(found, element)) return false;
    const publisher = namespaceName({ lab, node: found.comment ?? '?' });
    throw new PortTakenError(
      `${portText(hostPortOf(part.name, element))} of the host is published by "${publisher}", as port ${String(found.value?.[1])}; remove that first`,
    );
  });
  return elements.length === 0 ? [] : [{ ...part, elements }];
}

function isPresent(lab: string, part: PublishedElements, element: SetElement): boolean {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const found = findElement(socket, tableOf(lab), part.name, part.map, element.key);
  return found !== undefined && sameTarget(found, element);
}

const sameTarget = (a: SetElement, b: SetElement): boolean => String(a.value) === String(b.value);

/** The addresses of a node's uplink; undefined if the node has no uplink that ports can be published through. */
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

/**
 * Brings the lab up again with an uplink for the node added to its topology. Ports that are published now stay
 * published.
 */
async function addUplink(lab: string, node: string, options: PublishOptions): Promise<void> {
  await upChanged(lab, { wait: WAIT, ...options }, (topology) => {
    const { nodes = {}, ...rest } = withPublishedPorts(topology);
    return { ...rest, nodes: { ...nodes, [node]: { publish: [], ...nodes[node] } } };
  });
}
