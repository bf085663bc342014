/** Why tests that build networks are passed over, or false where they run. */
export const skipWithoutRoot: string | false =
  process.getuid?.() === 0 ? false : 'making network namespaces takes root';
