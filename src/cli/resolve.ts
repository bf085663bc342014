import { readdirSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { notUpError, NotFoundError, EXTENSIONS } from '../store/index.ts';
import { didYouMean, listed, UsageError, type NetwrightError } from '../base/index.ts';
import { namespaceName, nodeOf, parseNamespaceName } from '../state/index.ts';
import { NAME } from '../format/index.ts';
import { missingNode } from './missing-node.ts';
import { isAlive, isLabNamespace, labNames, labNamespaces } from '../netns/index.ts';
import type { SetOption } from './options.ts';
import { isFileArgument, loadTopologyFile } from './topology-file.ts';

/**
 * Resolves an argument to the name of a lab: the argument is the name or a topology file. Without an argument, it is
 * the only lab that is up, or the lab of a topology file in the working directory.
 * @param options with values for variables of the file
 * @throws NotFoundError, UsageError
 */
export async function resolveLab(argument: string | undefined, { set }: SetOption = {}): Promise<string> {
  if (argument !== undefined && isFileArgument(argument)) return (await loadTopologyFile(argument, set)).name;
  if (set !== undefined) throw new UsageError('--set needs a topology file as argument');
  if (argument !== undefined) {
    checkLabName(argument);
    return argument;
  }
  const labs = labNames();
  if (labs.length === 0) throw new NotFoundError('no lab is up; start one with `netwright up FILE`');
  const lab = labs.length === 1 ? labs[0] : await labOfThisFolder(labs);
  if (lab === undefined) throw new UsageError(`several labs are up; name one of ${listed(labs, 'or')}`);
  return lab;
}

/** @throws UsageError */
export function checkLabName(lab: string): void {
  const parsed = parseNamespaceName(lab);
  if (parsed.node !== undefined && isLabNamespace(lab)) throw new UsageError(nodeInsteadOfLab(lab, parsed.lab));
  if (!NAME.test(lab)) {
    throw new UsageError(`"${lab}" is neither a valid lab name (a-z, 0-9 and "-") nor a file`);
  }
}

const nodeInsteadOfLab = (node: string, lab: string): string =>
  `"${node}" is a node; use the name of its lab, "${lab}"`;

/** @throws NotFoundError if no part of the lab exists */
export function requireLab(lab: string, hint = 'see `netwright ls`'): void {
  const labs = labNames();
  if (labs.includes(lab)) return;
  const owner = labs.find((name) => isLabNamespace(namespaceName({ lab: name, node: lab })));
  if (owner !== undefined) throw new NotFoundError(nodeInsteadOfLab(lab, owner));
  throw notUpError(lab, didYouMean(lab, labs), hint);
}

/**
 * Resolves the argument NODE to the name of a namespace. NODE is `LAB.NODE`; a node's name, if one lab is up or a
 * topology file in the working directory names the lab; or a lab's name, for the namespace that contains its bridges.
 * @throws NotFoundError, OtherMountNamespaceError, UsageError
 */
export async function resolveNode(argument: string): Promise<string> {
  const namespace = await namespaceOf(argument);
  if (isAlive(namespace)) return namespace;
  throw missingNode(namespace);
}

async function namespaceOf(argument: string): Promise<string> {
  if (isLabNamespace(argument)) return argument;
  if (nodeOf(argument) !== undefined) throw await unknownNode(argument);
  const labs = labNames();
  if (labs.length === 0) throw new NotFoundError(`there is no node "${argument}": no lab is up`);
  const owners = labs.filter((lab) => isLabNamespace(namespaceName({ lab, node: argument })));
  if (owners.length === 0) throw await unknownNode(argument);
  const lab = labs.length === 1 ? labs[0] : await labOfThisFolder(owners);
  if (lab !== undefined) return namespaceName({ lab, node: argument });
  throw new UsageError(
    `several labs are up; use ${listed(
      owners.map((lab) => namespaceName({ lab, node: argument })),
      'or',
    )}`,
  );
}

/** Selected services of a lab. */
export interface ServiceChoice {
  readonly lab: string;
  /** All nodes if absent. */
  readonly node?: string;
  /** All services of the node if absent. */
  readonly service?: string;
}

/**
 * Resolves an argument to services: `LAB.NODE/SERVICE`; `LAB.NODE` for all services of a node; both without `LAB.` as
 * for {@link resolveNode}; a lab's name or topology file for all services of the lab.
 * @throws NotFoundError, UsageError
 */
export async function resolveServices(argument: string, options?: SetOption): Promise<ServiceChoice> {
  if (EXTENSIONS.includes(extname(argument).slice(1)) || argument === '-')
    return { lab: await resolveLab(argument, options) };
  if (labNames().includes(argument)) return { lab: argument };
  const [name = '', service, ...rest] = argument.split('/');
  if (rest.length > 0) throw new UsageError(`"${argument}" is not a service: expected LAB.NODE or LAB.NODE/SERVICE`);
  return { ...parseNamespaceName(await resolveNode(name)), ...(service !== undefined && { service }) };
}

async function unknownNode(argument: string): Promise<NetwrightError> {
  const missing = await missingNamespace(argument);
  if (missing !== undefined) return missingNode(missing);
  const namespaces = labNamespaces();
  const candidates =
    nodeOf(argument) === undefined
      ? namespaces.map(({ node, lab }) => node ?? lab)
      : namespaces.map(({ namespace }) => namespace);
  const hint = didYouMean(argument, new Set(candidates));
  return new NotFoundError(`there is no node "${argument}"${hint}; \`netwright ls\` lists them`);
}

/** The namespace's name, if NODE is a node of a lab's stored topology; undefined otherwise. */
async function missingNamespace(argument: string): Promise<string | undefined> {
  const parsed = parseNamespaceName(argument);
  const node = parsed.node ?? argument;
  const labs = labNames().filter((lab) => parsed.node === undefined || lab === parsed.lab);
  const { savedTopology } = await import('../store/index.ts');
  const lab = labs.find((name) => {
    try {
      return Object.hasOwn(savedTopology(name)?.nodes ?? {}, node);
    } catch {
      // The stored topology cannot be read: NODE is reported as unknown.
      return false;
    }
  });
  return lab === undefined ? undefined : namespaceName({ lab, node });
}

/** The largest file that is read, in bytes. */
const MAX_SIZE = 1_000_000;

/** The one of `labs` that a topology file in the working directory names; undefined if files name none or several. */
async function labOfThisFolder(labs: readonly string[]): Promise<string | undefined> {
  const named = new Set<string>();
  for (const entry of readdirSync('.', { withFileTypes: true })) {
    if (!entry.isFile() || !EXTENSIONS.includes(extname(entry.name).slice(1))) continue;
    if ((statSync(entry.name, { throwIfNoEntry: false })?.size ?? Infinity) > MAX_SIZE) continue;
    try {
      const { name } = await loadTopologyFile(entry.name);
      if (labs.includes(name)) named.add(name);
    } catch {
      // Not a topology file, or an incomplete one.
    }
  }
  return named.size === 1 ? [...named][0] : undefined;
}
