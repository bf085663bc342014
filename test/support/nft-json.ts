/** One object of what `nft -j list ruleset` prints. */
export type NftItem = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The objects of a listing, without the numbers that the kernel gives out and without nft's own version. */
export function withoutHandles(json: string): NftItem[] {
  if (json.trim() === '') return [];
  const { nftables } = JSON.parse(json, (key, value: unknown) => (key === 'handle' ? undefined : value)) as { nftables: NftItem[] };
  return nftables.filter((item) => item['metainfo'] === undefined);
}
