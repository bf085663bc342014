// The words this layer speaks are the description's own. They are declared above it, in state/types.ts, which is types
// alone and imports nothing but addr: this file is the one place that reaches up for them.
export type {
  ChainState,
  MatchOperator,
  MatchValue,
  NatFlags,
  NatTarget,
  NftRuleState,
  Selector,
  SetElement,
  SetState,
  Statement,
  TableFamily,
  TableState,
} from '../model/index.ts';
