import type { SetState } from '../../state/index.ts';
import { NFT_SET_CONSTANT, NFT_SET_EVAL, NFT_SET_INTERVAL, NFT_SET_TIMEOUT } from '../constants.ts';

type Flag = SetState['flags'][number];

const bits: Readonly<Record<Flag, number>> = {
  constant: NFT_SET_CONSTANT,
  interval: NFT_SET_INTERVAL,
  timeout: NFT_SET_TIMEOUT,
  dynamic: NFT_SET_EVAL,
};

export const flagBits = (flags: readonly Flag[]): number => flags.reduce((value, flag) => value | bits[flag], 0);

export const flagWords = (value: number): readonly Flag[] =>
  (Object.keys(bits) as Flag[]).filter((flag) => (value & bits[flag]) !== 0);
