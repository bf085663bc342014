import { attribute, attributes, be32 } from '../../wire/index.ts';

/** NFTA_REDIR_*. */
export const redir = attributes('redir', {
  regProtoMin: attribute(1, be32),
  regProtoMax: attribute(2, be32),
  flags: attribute(3, be32),
});
