import { attribute, attributes, be32, cString } from '../../wire/index.ts';

/** NFTA_OBJREF_*: refers to a named object (counter, quota, limit …) by its name or through a map. */
export const objref = attributes('objref', {
  immType: attribute(1, be32),
  immName: attribute(2, cString()),
  setSreg: attribute(3, be32),
  setName: attribute(4, cString()),
  setId: attribute(5, be32),
});
