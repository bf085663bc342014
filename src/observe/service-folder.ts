import { existsSync } from 'node:fs';
import { checkName } from '../netns/index.ts';
import { nodeOf, type NamespaceName } from '../state/index.ts';

/** A lab's own folder, as LabMounts. */
interface LabFolder {
  readonly root: string;
}

/** What a lab keeps of its services, one folder each. */
export const servicesFolder = ({ root }: LabFolder): string => `${root}/services`;

/** Whether any service of a lab was ever started. */
export const hasServices = (lab: LabFolder): boolean => existsSync(servicesFolder(lab));

/** Where a service's log and what has become of it are kept. */
export const serviceFolder = (lab: LabFolder, namespace: NamespaceName, name: string): string =>
  `${nodeFolder(lab, namespace)}/${checkName(name)}`;

/** What is kept of the services of a node. */
export const nodeFolder = (lab: LabFolder, namespace: NamespaceName): string =>
  `${servicesFolder(lab)}/${checkName(nodeOf(namespace) ?? '')}`;

/** The files of a service's folder. */
export const SERVICE_FILES = {
  log: 'log',
  /** Empty, and never removed: in the service's own mount namespace mounted over itself. */
  mark: 'mark',
  /** What it was started as: a ServiceState in JSON. */
  spec: 'spec',
  /** The process that is the program, as it has written itself. It counts while a process of the service has that id. */
  program: 'program',
  /** The process that starts the program again, the same way; absent where there is none. */
  supervisor: 'supervisor',
  /** Empty: what runs is ready. Removed when it ends. */
  ready: 'ready',
  /** The status it last ended with, and when, in seconds since the epoch. Of services that are watched over. */
  ended: 'ended',
  /** Empty: it has ended with status 0. */
  done: 'done',
} as const;
