import { attribute, attributes, be32, cString } from '../../wire/index.ts';

/** NFTA_OBJREF_*: a named counter, quota, limit … by name or by map. */
export const objref = attributes('objref', {
  immType: attribute(1, be32),
  immName: attribute(2, cString()),
  setSreg: attribute(3, be32),
  setName: attribute(4, cString()),
  setId: attribute(5, be32),
});
