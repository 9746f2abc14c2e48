/** What a run needs to know of the executor it runs in. */
export interface RunSettings {
  /** Path of the ansible-runner executable. */
  readonly ansibleRunner: string;
  /** PATH of the run. */
  readonly searchPath: string;
  /** File in known_hosts format for runs that bring none. */
  readonly knownHostsFile?: string;
  /** Folders with Ansible collections, separated by colons, beside the system's own. */
  readonly collectionsPath?: string;
  /** Folder with the operator's roles, modules and so on; checked. */
  readonly contentPath?: string;
}
