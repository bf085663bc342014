import { checkName, NETNS_ETC_DIRECTORY, targetStat } from '../netns/index.ts';
import { parseHosts, type HostsFile } from './hosts-file.ts';
import { parseResolvConf, type ResolvConf } from './resolv-conf.ts';
import { readText } from '../proc/index.ts';

/**
 * The hosts(5) and resolv.conf(5) by which a node resolves names: its own in /etc/netns if there are any, else the
 * host's. They are read again when they change.
 */
export class NameFiles {
  readonly #hosts: () => HostsFile;
  readonly #resolvConf: () => ResolvConf;

  constructor(namespace: string) {
    const folder = `${NETNS_ETC_DIRECTORY}/${checkName(namespace)}`;
    this.#hosts = parsedFile([`${folder}/hosts`, '/etc/hosts'], parseHosts);
    this.#resolvConf = parsedFile([`${folder}/resolv.conf`, '/etc/resolv.conf'], parseResolvConf);
  }

  get hosts(): HostsFile {
    return this.#hosts();
  }

  get resolvConf(): ResolvConf {
    return this.#resolvConf();
  }
}

/**
 * Returns a function that returns the parsed content of the first of the paths that is a regular file, and parses it
 * again only after a change. A file that cannot be read, or no file at all, is parsed as empty, as the C library does.
 */
export function parsedFile<T>(paths: readonly string[], parse: (text: string) => T): () => T {
  let cached: { readonly version: string; readonly value: T } | undefined;
  return () => {
    const found = paths.flatMap((path) => {
      const stat = targetStat(path);
      return stat?.isFile() !== true ? [] : [{ path, version: `${stat.dev} ${stat.ino} ${stat.mtimeMs} ${stat.size}` }];
    })[0];
    const version = found?.version ?? '';
    if (cached?.version !== version) {
      cached = { version, value: parse(found === undefined ? '' : (readText(found.path, 'utf8') ?? '')) };
    }
    return cached.value;
  };
}
