let count = 0;

/** A lab's name that no other test, and no other run of this one, uses. */
export const labName = (what: string): string => `t${process.pid.toString(36)}${(count++).toString(36)}-${what}`;
