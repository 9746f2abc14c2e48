import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidRunError, hasCode } from './errors.ts';

/** Where the parts of one run are. The folder is what ansible-runner calls the private data directory. */
export interface RunPaths {
  readonly folder: string;
  /** Written before the folder gets its name: who the hosts are. */
  readonly spec: string;
  /** What the supervisor is to do. */
  readonly plan: string;
  readonly sshKey: string;
  /** Claim of the supervisor: once it is there, the run never starts again. */
  readonly started: string;
  readonly exited: string;
  /** The last stop that was asked for. */
  readonly stop: string;
  /** What ansible-runner itself printed. */
  readonly runnerLog: string;
  readonly artifacts: string;
  readonly events: string;
  /** Outside the folder: the run ended, or was started and removed. */
  readonly endedMark: string;
}

const ENDED_MARKS = '.ended';
const runId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Whether `name` can be the id of a run. Names with a leading dot are the executor's own. */
export function isRunId(name: string): boolean {
  return runId.test(name);
}

/** Folder of the marks of ended runs: one folder, so that one watch sees the end of any run. */
export function endedMarksFolder(stateFolder: string): string {
  return join(stateFolder, ENDED_MARKS);
}

/** @throws InvalidRunError when the id could name anything outside the state folder. */
export function runPaths(stateFolder: string, id: string): RunPaths {
  if (!isRunId(id)) {
    throw new InvalidRunError(
      'id',
      `id: ${JSON.stringify(id.slice(0, 160))} must be 1 to 128 letters, digits, ".", "_" or "-", ` +
        'and begin with a letter or digit.',
    );
  }
  return pathsIn(join(stateFolder, id), id, join(endedMarksFolder(stateFolder), id));
}

/** Paths of a run whose folder has another name for now. */
export function pathsIn(folder: string, id: string, endedMark: string): RunPaths {
  const artifacts = join(folder, 'artifacts', id);
  return {
    folder,
    spec: join(folder, 'hosts.json'),
    plan: join(folder, 'plan.json'),
    sshKey: join(folder, 'ssh_key'),
    started: join(folder, 'started'),
    exited: join(folder, 'exited'),
    stop: join(folder, 'stop'),
    runnerLog: join(folder, 'runner.log'),
    artifacts,
    events: join(artifacts, 'job_events'),
    endedMark,
  };
}

/** Content of a small file, undefined when it does not exist. */
export async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}

/** Writes a file that readers see complete or not at all. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
}

/** Writes a new file and the folders above it, for this user only. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
}

/** The last `limit` bytes of a file as text; empty when it does not exist. */
export async function readTail(path: string, limit: number): Promise<string> {
  let file;
  try {
    file = await open(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
      return '';
    }
    throw error;
  }
  try {
    const { size } = await file.stat();
    const length = Math.min(size, limit);
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
