import { be16, message, struct, u8, type AttributeSet, type MessageCodec, type StructValue } from '../../wire/index.ts';

const fields = { family: u8, version: u8, resourceId: be16 };

/** struct nfgenmsg of linux/netfilter/nfnetlink.h. */
const nfgenmsg = struct('nfgenmsg', fields);

export type Header = StructValue<typeof fields>;

/** A message of nfnetlink: struct nfgenmsg, then attributes. */
export const netfilterMessage = <A extends object>(name: string, set: AttributeSet<A>): MessageCodec<Header, A> =>
  message(name, nfgenmsg, set);
