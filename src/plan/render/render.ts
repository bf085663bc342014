import type { Operation } from '../operation.ts';
import { addAddress, deleteAddress } from './address.ts';
import { setFiles } from './files.ts';
import { changeLink, createLink, deleteLink } from './link.ts';
import { createNamespace, deleteNamespace } from './namespace.ts';
import { addNeighbour, deleteNeighbour } from './neighbour.ts';
import type { RenderOptions } from './options.ts';
import { addRoute, deleteRoute } from './route.ts';
import { addRule, deleteRule } from './rule.ts';
import { setSysctl } from './sysctl.ts';
import { addTable, changeElements, deleteTable } from './table.ts';

type Renderer<K extends Operation['op']> = (op: Extract<Operation, { op: K }>, options: RenderOptions) => string[];

const renderers: { readonly [K in Operation['op']]: Renderer<K> } = {
  'create-namespace': createNamespace,
  'delete-namespace': deleteNamespace,
  'create-link': createLink,
  'change-link': changeLink,
  'delete-link': deleteLink,
  'add-address': addAddress,
  'delete-address': deleteAddress,
  'add-route': addRoute,
  'delete-route': deleteRoute,
  'add-rule': addRule,
  'delete-rule': deleteRule,
  'add-neighbour': addNeighbour,
  'delete-neighbour': deleteNeighbour,
  'set-sysctl': setSysctl,
  'add-table': addTable,
  'change-elements': changeElements,
  'delete-table': deleteTable,
  'set-files': setFiles,
};

/** What may be gone already, with a link or its other end. */
const MAY_BE_GONE: ReadonlySet<Operation['op']> = new Set([
  'delete-link',
  'delete-address',
  'delete-route',
  'delete-rule',
  'delete-neighbour',
]);

/**
 * An operation as the commands of iproute2, nftables and procps that do the same, for sh(1): each one of the list is
 * whole, and may have several lines. Whatever is in the operation, it stays a word of these commands.
 */
export function render(operation: Operation, options: RenderOptions = {}): string[] {
  const commands = (renderers[operation.op] as (op: Operation, options: RenderOptions) => string[])(operation, options);
  return options.existing === true && MAY_BE_GONE.has(operation.op) ? commands.map((one) => `${one} || :`) : commands;
}
