import { existsSync } from 'node:fs';
import { checkName } from '../netns/index.ts';
import { nodeOf, type NamespaceName } from '../state/index.ts';

/** A lab's folder: a part of LabMounts. */
interface LabFolder {
  readonly root: string;
}

/** The folder that contains the folders of a lab's services. */
export const servicesFolder = ({ root }: LabFolder): string => `${root}/services`;

/** Whether the lab has ever started a service. */
export const hasServices = (lab: LabFolder): boolean => existsSync(servicesFolder(lab));

/** The folder with a service's log and status files. */
export const serviceFolder = (lab: LabFolder, namespace: NamespaceName, name: string): string =>
  `${nodeFolder(lab, namespace)}/${checkName(name)}`;

/** The folder that contains the folders of a node's services. */
export const nodeFolder = (lab: LabFolder, namespace: NamespaceName): string =>
  `${servicesFolder(lab)}/${checkName(nodeOf(namespace) ?? '')}`;

/** The names of the files in a service's folder. */
export const SERVICE_FILES = {
  log: 'log',
  /** Empty, and never removed. It is bind-mounted over itself in the mount namespace of the service, as its mark. */
  mark: 'mark',
  /** The ServiceState that it was started with, in JSON. */
  spec: 'spec',
  /** The process id of the program, written by itself. Valid only while a process of the service has that id. */
  program: 'program',
  /** The process id of the supervisor, likewise; absent if there is none. */
  supervisor: 'supervisor',
  /** Empty. It exists if the running program is ready; removed when that exits. */
  ready: 'ready',
  /** The last exit status and its time, in seconds since the epoch; only for supervised services. */
  ended: 'ended',
  /** Empty. It exists if the service has exited with status 0. */
  done: 'done',
} as const;
