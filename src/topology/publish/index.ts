export { publishOnHost } from './host.ts';
export {
  emptyPublishedMap,
  firewalledSetName,
  publicationOf,
  type PublishedElements,
  publishedElements,
  publishedMapName,
  type PublishedPort,
} from './map-elements.ts';
export { replyRoutes, openPorts } from './node.ts';
export { mergedPublications, readBackPublications } from './read-back.ts';
export { refuseIpv6Publications, resolvePublications } from './resolve.ts';
export { publishKey } from './schema.ts';
export { parsePublication, PORT_PROTOCOLS, type PortProtocol, type Publication, publicationText } from './text.ts';
