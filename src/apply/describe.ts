import { HOST, type NamespaceName } from '../state/index.ts';

/** `in namespace shop.web`, or `on the host`. */
export const inNamespace = (namespace: NamespaceName): string =>
  namespace === HOST ? 'on the host' : `in namespace ${namespace}`;
