import {
  attribute,
  attributes,
  be32,
  be64,
  bytes,
  cString,
  type AttributeSet,
  type AttributesValue,
} from '../../wire/index.ts';

/** enum nft_dynset_ops. */
export const DynsetOp = { add: 0, update: 1, delete: 2 } as const;

const fields = {
  setName: attribute(1, cString()),
  setId: attribute(2, be32),
  op: attribute(3, be32),
  sregKey: attribute(4, be32),
  sregData: attribute(5, be32),
  timeout: attribute(6, be64),
  /** The expressions of the added elements. They stay bytes, because they are nested in an expression. */
  expr: attribute(7, bytes()),
  flags: attribute(9, be32),
  expressions: attribute(10, bytes()),
};

/** NFTA_DYNSET_*. */
export const dynset: AttributeSet<AttributesValue<typeof fields>> = attributes('dynset', fields);
