import { checkName, NETNS_ETC_DIRECTORY, targetStat } from '../netns/index.ts';
import { parseHosts, type HostsFile } from './hosts-file.ts';
import { parseResolvConf, type ResolvConf } from './resolv-conf.ts';
import { readText } from '../proc/index.ts';

/** The files that say how a node finds names: its own where it has them, else the host's, read again when they change. */
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
 * Gives what the first of the files that exists says, parsed again when it has changed; one that cannot be read, or a folder
 * in its place, is empty, as to the C library.
 */
export function parsedFile<T>(paths: readonly string[], parse: (text: string) => T): () => T {
  let known: { readonly version: string; readonly value: T } | undefined;
  return () => {
    const found = paths.flatMap((path) => {
      const stat = targetStat(path);
      return stat?.isFile() !== true ? [] : [{ path, version: `${stat.dev} ${stat.ino} ${stat.mtimeMs} ${stat.size}` }];
    })[0];
    const version = found?.version ?? '';
    if (known?.version !== version) {
      known = { version, value: parse(found === undefined ? '' : (readText(found.path, 'utf8') ?? '')) };
    }
    return known.value;
  };
}
