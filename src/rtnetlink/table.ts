/**
 * The routing table of a route or a rule, with table numbers below 256 in one byte (rtm_table of linux/rtnetlink.h) and all in an
 * attribute (RTA_TABLE, FRA_TABLE).
 */
export const tableOf = ({ table, table8 }: { readonly table?: number; readonly table8: number }): number =>
  table ?? table8;
