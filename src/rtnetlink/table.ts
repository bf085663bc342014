/**
 * Returns the routing table of a route or a rule: its attribute (RTA_TABLE, FRA_TABLE), or without one the 8-bit member
 * of the header (rtm_table of linux/rtnetlink.h).
 */
export const tableOf = ({ table, table8 }: { readonly table?: number; readonly table8: number }): number =>
  table ?? table8;
