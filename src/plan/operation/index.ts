import { oneLine, printable } from '../../base/index.ts';
import { HOST, type NamespaceName } from '../../state/index.ts';
import { addressOperations, type AddressOperation } from './address.ts';
import type { Change, Family, In, OperationKind, RenderOptions } from './family.ts';
import { filesOperations, type FilesOperation } from './files.ts';
import { flowOperations, type FlowOperation } from './flows.ts';
import { linkOperations, type LinkOperation } from './link.ts';
import { namespaceOperations, type NamespaceOperation } from './namespace.ts';
import { neighbourOperations, type NeighbourOperation } from './neighbour.ts';
import { routeOperations, type RouteOperation } from './route.ts';
import { ruleOperations, type RuleOperation } from './rule.ts';
import { serviceOperations, type ServiceOperation } from './service.ts';
import { sysctlOperations, type SysctlOperation } from './sysctl.ts';
import { tableOperations, type TableOperation } from './table.ts';

export type { AddAddress, DeleteAddress, AddressOperation } from './address.ts';
export type { Change, RenderOptions } from './family.ts';
export { NETNS_ETC, type FilesOperation, type SetFiles } from './files.ts';
export type { ChangeLink, CreateLink, DeleteLink, LinkChange, LinkOperation } from './link.ts';
export type { CreateNamespace, DeleteNamespace, NamespaceOperation } from './namespace.ts';
export type { FlowOperation, ForgetNat, ForgetPorts, NatAddresses, TranslatedPort } from './flows.ts';
export type { AddNeighbour, DeleteNeighbour, NeighbourOperation } from './neighbour.ts';
export type { AddRoute, DeleteRoute, RouteOperation } from './route.ts';
export type { AddRule, DeleteRule, RuleOperation } from './rule.ts';
export {
  END_PROCESSES,
  isExtended,
  isServiceOperation,
  logPath,
  type AwaitService,
  type ServiceOperation,
  type StartService,
  type StopService,
} from './service.ts';
export { notesPath, type NoteSysctls, type SetSysctl, type SysctlOperation } from './sysctl.ts';
export {
  dropTable,
  type AddTable,
  type ChangeElements,
  type DeleteTable,
  type TableName,
  type TableOperation,
} from './table.ts';

/**
 * One step from the state that is to the state that is wanted. Plans are lists of these, in the order in which they must
 * be taken; `apply` takes them, and nothing else changes the kernel.
 */
export type Operation =
  | NamespaceOperation
  | LinkOperation
  | AddressOperation
  | RouteOperation
  | RuleOperation
  | NeighbourOperation
  | SysctlOperation
  | TableOperation
  | FlowOperation
  | FilesOperation
  | ServiceOperation;

const kinds: Family<Operation> = {
  ...namespaceOperations,
  ...linkOperations,
  ...addressOperations,
  ...routeOperations,
  ...ruleOperations,
  ...neighbourOperations,
  ...sysctlOperations,
  ...tableOperations,
  ...flowOperations,
  ...filesOperations,
  ...serviceOperations,
};

/** What is known of an operation, by functions that take it and others of its kind. */
const kindOf = <O extends Operation>({ op }: O) => kinds[op] as unknown as OperationKind<O> & Partial<Spread<O>>;

/** What only operations have that concern several namespaces at once. */
interface Spread<O> {
  namespaces(op: O): readonly NamespaceName[];
}

/** An operation in words, on one line: `give eth0 of web 10.20.0.2/24`. */
export const describe = (operation: Operation): string => printable(oneLine(kindOf(operation).describe(operation)));

/** What an operation is for, in a sentence for who reads the script. Operations of one group have the same. */
export const explain = (operation: Operation): string => kindOf(operation).explain(operation);

/**
 * An operation as the commands of iproute2, nftables and procps that do the same, for sh(1): each one of the list is
 * whole, and may have several lines. Whatever is in the operation, it stays a word of these commands.
 */
export function render(operation: Operation, options: RenderOptions = {}): string[] {
  const kind = kindOf(operation);
  const commands = kind.render(operation, options);
  return options.existing === true && kind.mayBeGone === true ? commands.map((one) => `${one} || :`) : commands;
}

/** Whether an operation brings something, takes something away, or makes something different. */
export function changeOf(operation: Operation): Change {
  const { change } = kindOf(operation);
  return typeof change === 'string' ? change : change(operation);
}

/** The namespaces that an operation is carried out in: one, but of what concerns several at once. */
export const namespacesOf = (operation: Operation): readonly NamespaceName[] =>
  kindOf(operation).namespaces?.(operation) ?? [(operation as In).namespace];

/** Whether an operation changes the host itself. */
export const changesHost = (operation: Operation): boolean =>
  namespacesOf(operation).includes(HOST) || kindOf(operation).reaches?.(operation).includes(HOST) === true;

/** The namespace under whose heading a script has an operation: a cable to a switch is its node's. Several: undefined. */
export function sectionOf(operation: Operation): NamespaceName | undefined {
  const kind = kindOf(operation);
  return kind.section === undefined ? namespacesOf(operation)[0] : kind.section(operation);
}

/** What an operation is about, in its namespaces: the same for all operations about one thing. */
export const subjectOf = (operation: Operation): string => kindOf(operation).subject(operation);

/** The links that an operation is about, or whose deletion takes with it what it is about. */
export const linksOf = (operation: Operation): readonly string[] => kindOf(operation).links?.(operation) ?? [];

/** Whether an operation only goes along with others of its plan, and is no difference by itself. */
export const attendsOthers = (operation: Operation): boolean => kindOf(operation).attends === true;

/** What an operation puts right beyond its subject: all that is in its namespace, or that is on its links. */
export const coverageOf = (operation: Operation): 'namespace' | 'links' | undefined => kindOf(operation).covers;

/** An operation as several that can each be needed without the others. */
export const splitOperation = (operation: Operation): readonly Operation[] =>
  kindOf(operation).split?.(operation) ?? [operation];

/** What {@link splitOperation} gave, or some of that, as one operation again, where its kind can be split. */
export function joinOperations(parts: readonly Operation[]): readonly Operation[] {
  const [first, ...more] = parts;
  if (first === undefined) return [];
  const joined = kindOf(first).join?.([first, ...more]);
  return joined === undefined ? parts : [joined];
}
