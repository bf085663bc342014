// linux/netfilter/nfnetlink.h and linux/netfilter/nf_tables.h

const NFNL_SUBSYS_NFTABLES = 10;
const type = (message: number): number => (NFNL_SUBSYS_NFTABLES << 8) | message;

export const NFNL_MSG_BATCH_BEGIN = 16;
export const NFNL_MSG_BATCH_END = 17;
/** res_id of struct nfgenmsg in a batch: the subsystem. */
export const BATCH_RESOURCE = NFNL_SUBSYS_NFTABLES;

export const NFT_MSG_NEWTABLE = type(0);
export const NFT_MSG_GETTABLE = type(1);
export const NFT_MSG_DELTABLE = type(2);
export const NFT_MSG_NEWCHAIN = type(3);
export const NFT_MSG_GETCHAIN = type(4);
export const NFT_MSG_DELCHAIN = type(5);
export const NFT_MSG_NEWRULE = type(6);
export const NFT_MSG_GETRULE = type(7);
export const NFT_MSG_DELRULE = type(8);
export const NFT_MSG_NEWSET = type(9);
export const NFT_MSG_GETSET = type(10);
export const NFT_MSG_DELSET = type(11);
export const NFT_MSG_NEWSETELEM = type(12);
export const NFT_MSG_GETSETELEM = type(13);
export const NFT_MSG_DELSETELEM = type(14);
export const NFT_MSG_GETGEN = type(16);
export const NFT_MSG_TRACE = type(17);
export const NFT_MSG_NEWFLOWTABLE = type(22);
export const NFT_MSG_GETFLOWTABLE = type(23);
export const NFT_MSG_DELFLOWTABLE = type(24);

/** The multicast group of trace events, for packets with `meta nftrace` set (linux/netfilter/nfnetlink.h). */
export const NFNLGRP_NFTRACE = 9;

export const NFT_SET_ANONYMOUS = 0x1;
export const NFT_SET_CONSTANT = 0x2;
export const NFT_SET_INTERVAL = 0x4;
export const NFT_SET_MAP = 0x8;
export const NFT_SET_TIMEOUT = 0x10;
export const NFT_SET_EVAL = 0x20;
export const NFT_SET_CONCAT = 0x80;

export const NFT_SET_ELEM_INTERVAL_END = 0x1;
export const NFT_SET_ELEM_CATCHALL = 0x2;

/** The data type of verdict maps: NFT_DATA_VERDICT. */
export const NFT_DATA_VERDICT = 0xffffff00;

export const NFT_REG_VERDICT = 0;
