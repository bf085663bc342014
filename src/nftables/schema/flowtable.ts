import { attribute, attributes, be32, be64, cString, list, sbe32, type Infer } from '../../wire/index.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_FLOWTABLE_HOOK_*. */
const hook = attributes('hook', {
  number: attribute(1, be32),
  priority: attribute(2, sbe32),
  devices: attribute(3, list('devices', 1, cString())),
});

/** NFTA_FLOWTABLE_*. */
export const flowtable = netfilterMessage(
  'flowtable',
  attributes('flowtable', {
    table: attribute(1, cString()),
    name: attribute(2, cString()),
    hook: attribute(3, hook),
    use: attribute(4, be32),
    handle: attribute(5, be64),
    flags: attribute(7, be32),
  }),
);
export type FlowtableMessage = Partial<Infer<typeof flowtable>>;
