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
export { savedSysctlsPath, type NoteSysctls, type SetSysctl, type SysctlOperation } from './sysctl.ts';
export {
  dropTable,
  type AddTable,
  type ChangeElements,
  type DeleteTable,
  type TableName,
  type TableOperation,
} from './table.ts';

/**
 * One step from the actual state to the wanted state. A plan is a list of operations in the order of execution; `apply`
 * executes them, and nothing else changes the kernel.
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

/** The properties of an operation's kind. */
const kindOf = <O extends Operation>({ op }: O) => kinds[op] as unknown as OperationKind<O> & Partial<Spread<O>>;

/** The member that only operations on several namespaces have. */
interface Spread<O> {
  namespaces(op: O): readonly NamespaceName[];
}

/** An operation in words, on one line: `add address 10.20.0.2/24 to eth0 of web`. */
export const describe = (operation: Operation): string => printable(oneLine(kindOf(operation).describe(operation)));

/** The purpose of an operation, in a sentence for readers of the script. Similar operations have the same sentence. */
export const explain = (operation: Operation): string => kindOf(operation).explain(operation);

/**
 * The equivalent sh(1) commands of iproute2, nftables and procps. Each element is a complete command, which can have
 * several lines. All text from the operation is quoted, so that it cannot become a command.
 */
export function render(operation: Operation, options: RenderOptions = {}): string[] {
  const kind = kindOf(operation);
  const commands = kind.render(operation, options);
  return options.existing === true && kind.mayBeGone === true ? commands.map((line) => `${line} || :`) : commands;
}

/** Whether an operation adds, removes or changes something. */
export function changeOf(operation: Operation): Change {
  const { change } = kindOf(operation);
  return typeof change === 'string' ? change : change(operation);
}

/** The namespaces that an operation is executed in: several for files, otherwise one. */
export const namespacesOf = (operation: Operation): readonly NamespaceName[] =>
  kindOf(operation).namespaces?.(operation) ?? [(operation as In).namespace];

/** Whether an operation changes the host's network namespace. */
export const changesHost = (operation: Operation): boolean =>
  namespacesOf(operation).includes(HOST) || kindOf(operation).reaches?.(operation).includes(HOST) === true;

/**
 * The namespace whose section of a script has an operation: for a cable to a switch, the node. Undefined if several.
 */
export function sectionOf(operation: Operation): NamespaceName | undefined {
  const kind = kindOf(operation);
  return kind.section === undefined ? namespacesOf(operation)[0] : kind.section(operation);
}

/** The object that an operation concerns, unique within its namespaces. */
export const subjectOf = (operation: Operation): string => kindOf(operation).subject(operation);

/** The links that an operation concerns, or whose deletion also deletes its object. */
export const linksOf = (operation: Operation): readonly string[] => kindOf(operation).links?.(operation) ?? [];

/** Whether an operation only accompanies others of its plan, and is no difference by itself. */
export const isAuxiliary = (operation: Operation): boolean => kindOf(operation).auxiliary === true;

/** What an operation corrects in addition to its subject: everything in its namespace, or everything on its links. */
export const coverageOf = (operation: Operation): 'namespace' | 'links' | undefined => kindOf(operation).covers;

/** Splits an operation into several, each of which can be necessary without the others. */
export const splitOperation = (operation: Operation): readonly Operation[] =>
  kindOf(operation).split?.(operation) ?? [operation];

/** Joins the result of {@link splitOperation}, or a part of it, to one operation, if its kind can be split. */
export function joinOperations(parts: readonly Operation[]): readonly Operation[] {
  const [first, ...more] = parts;
  if (first === undefined) return [];
  const joined = kindOf(first).join?.([first, ...more]);
  return joined === undefined ? parts : [joined];
}
