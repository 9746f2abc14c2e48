import { readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSameProcess } from './process-identity.ts';

/** What a control plane in the background wrote down about itself. */
export interface BackgroundState {
  readonly pid: number;
  /** Start time of that process, so that a later process with its number is not taken for it. */
  readonly started: string;
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  readonly url: string;
  /** The temporary folder with data and logs. */
  readonly folder: string;
}

function stateFile(stateFolder: string): string {
  return join(stateFolder, 'state.json');
}

export async function writeState(stateFolder: string, state: BackgroundState): Promise<void> {
  const draft = `${stateFile(stateFolder)}.draft`;
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, stateFile(stateFolder));
}

/** The recorded control plane if its process still runs. */
export async function readLivingState(stateFolder: string): Promise<BackgroundState | undefined> {
  const state = await readState(stateFolder);
  return state !== undefined && (await isSameProcess(state)) ? state : undefined;
}

async function readState(stateFolder: string): Promise<BackgroundState | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(stateFile(stateFolder), 'utf8'));
  } catch {
    // Not there, or cut short by a full disk: nothing that could be used.
    return undefined;
  }
  return isState(value) ? value : undefined;
}

function isState(value: unknown): value is BackgroundState {
  const fields: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  return (
    typeof fields['pid'] === 'number' &&
    ['started', 'kubeconfigPath', 'kubectlPath', 'url', 'folder'].every((name) => typeof fields[name] === 'string')
  );
}

/** Removes the record, and the folder around it when nothing else is in there. */
export async function removeState(stateFolder: string): Promise<void> {
  await rm(stateFolder, { recursive: true, force: true });
  try {
    await rmdir(dirname(stateFolder));
  } catch {
    // Others keep things there, or it never was.
  }
}
