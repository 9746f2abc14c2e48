import { watch } from 'node:fs';
import { access, link, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import type { RunStep } from '../../../crds/runlog.ts';
import { findAnsibleRunner } from '../runner/environment.ts';
import { checkRun } from './check-run.ts';
import { checkContentPath } from './content-path.ts';
import { killRun } from './end-run.ts';
import { RunNotPreparedError, RunRemovedError, RunStillRunningError, hasCode } from './errors.ts';
import type { Executor, RunResults, RunSpec, RunState, StopStage, Watcher } from './executor.ts';
import { launchSupervisor } from './launch.ts';
import { OutputSize } from './output-size.ts';
import { scratchFolder, sweepMarks, sweepScratch, writeRunFolder } from './prepare.ts';
import { isAlive, sendSignal } from './processes.ts';
import { readResults } from './results.ts';
import type { RunSettings } from './run-settings.ts';
import { endedMarksFolder, isRunId, readOptional, replaceFile, runPaths, writePrivate } from './run-folder.ts';
import type { RunPaths } from './run-folder.ts';
import { readFinished, readStarted } from './run-state.ts';
import type { StartedRecord } from './run-state.ts';
import { StepLog } from './step-log.ts';

export interface LocalExecutorOptions {
  /**
   * Folder for runs, on a local file system. Default: `$XDG_STATE_HOME` or `~/.local/state`, then `fleetwright/runs`.
   */
  readonly stateFolder?: string;
  /**
   * known_hosts file for runs that bring no lines of their own. Without it their host keys are all unknown, hence
   * refused.
   */
  readonly knownHostsFile?: string;
  /** Folders with Ansible collections, separated by colons. */
  readonly collectionsPath?: string;
  /**
   * Folder with roles/, library/, module_utils/, collections/ and so on for all runs. The operator answers for what is
   * in it.
   */
  readonly contentPath?: string;
}

/**
 * Opens the executor of this machine: runs are ansible-runner processes, each with a supervisor that needs nobody.
 * @throws AnsibleMissingError when Ansible is not installed.
 * @throws ContentPathError when the content path is no folder.
 */
export async function openLocalExecutor(options: LocalExecutorOptions = {}): Promise<Executor> {
  const wanted = options.stateFolder ?? defaultStateFolder();
  await mkdir(endedMarksFolder(wanted), { recursive: true, mode: 0o700 });
  const stateFolder = await realpath(wanted);
  await sweepScratch(stateFolder);
  await sweepMarks(stateFolder);
  if (options.contentPath !== undefined) {
    await checkContentPath(options.contentPath);
  }
  // A link, as pipx makes, would hide the python and the ansible-playbook beside the real file.
  const ansibleRunner = await realpath(await findAnsibleRunner());
  const python = join(ansibleRunner, '..', 'python3');
  return new LocalExecutor(stateFolder, (await exists(python)) ? python : 'python3', {
    ansibleRunner,
    searchPath: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...(options.knownHostsFile === undefined ? {} : { knownHostsFile: options.knownHostsFile }),
    ...(options.collectionsPath === undefined ? {} : { collectionsPath: options.collectionsPath }),
    ...(options.contentPath === undefined ? {} : { contentPath: options.contentPath }),
  });
}

class LocalExecutor implements Executor {
  readonly location: string;
  readonly #stateFolder: string;
  readonly #python: string;
  readonly #settings: RunSettings;
  readonly #outputSize = new OutputSize();
  readonly #stepLog = new StepLog();

  constructor(stateFolder: string, python: string, settings: RunSettings) {
    this.location = `${hostname()}:${stateFolder}`;
    this.#stateFolder = stateFolder;
    this.#python = python;
    this.#settings = settings;
  }

  async prepare(run: RunSpec): Promise<void> {
    const paths = this.#paths(run.id);
    checkRun(run);
    if ((await this.#look(run.id, paths)).state.state !== 'absent') {
      return;
    }
    if (await exists(paths.endedMark)) {
      throw new RunRemovedError(run.id);
    }
    // A removal that was cut off leaves a folder that can neither start nor be replaced.
    await this.#deleteFolder(paths.folder);
    const { contentPath } = this.#settings;
    // Now, not once and for all: the folder may be a link that is turned to each new version.
    const settings =
      contentPath === undefined
        ? this.#settings
        : { ...this.#settings, contentPath: await checkContentPath(contentPath) };
    await writeRunFolder(this.#stateFolder, paths, run, settings);
  }

  async start(id: string): Promise<void> {
    const paths = this.#paths(id);
    const { state } = await this.#look(id, paths);
    if (state.state === 'absent') {
      throw (await exists(paths.endedMark)) ? new RunRemovedError(id) : new RunNotPreparedError(id);
    }
    if (state.state !== 'prepared') {
      return;
    }
    await launchSupervisor(this.#python, id, paths.folder, this.#settings.searchPath);
  }

  async inspect(id: string): Promise<RunState> {
    return (await this.#look(id, this.#paths(id))).state;
  }

  async requestStop(id: string, stage: StopStage): Promise<void> {
    const paths = this.#paths(id);
    const { state, started } = await this.#look(id, paths);
    if (state.state !== 'running' || started === undefined) {
      return;
    }
    // First the record: a run that ends by the signal must be seen as canceled, not as failed.
    await replaceFile(paths.stop, JSON.stringify({ stage, at: Date.now() }));
    if (stage === 'kill') {
      await killRun(id, paths, started);
      // Where the supervisor had to be killed as well, this clears up after it.
      await this.#look(id, paths);
    } else {
      sendSignal(started.pid, stage === 'interrupt' ? 'SIGINT' : 'SIGTERM');
    }
  }

  async results(id: string): Promise<RunResults> {
    const paths = this.#paths(id);
    const { state } = await this.#look(id, paths);
    const text = await readOptional(paths.spec);
    const names: unknown = text === undefined ? [] : JSON.parse(text);
    const hosts = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
    return readResults(paths, hosts, state.state === 'running' || state.state === 'prepared');
  }

  async steps(id: string): Promise<readonly RunStep[]> {
    const paths = this.#paths(id);
    const { state } = await this.#look(id, paths);
    return this.#stepLog.read(id, paths, state.state === 'running');
  }

  isHeld(): boolean {
    return false;
  }

  async release(): Promise<void> {
    // The folder goes with the task.
  }

  async remove(id: string): Promise<void> {
    const paths = this.#paths(id);
    const { state, started } = await this.#look(id, paths);
    if (state.state === 'running') {
      throw new RunStillRunningError(id);
    }
    if (state.state === 'prepared' && !(await this.#claimForRemoval(paths))) {
      throw new RunStillRunningError(id);
    }
    if (started !== undefined && state.state !== 'absent') {
      await touch(paths.endedMark);
    }
    await this.#deleteFolder(paths.folder);
    this.#outputSize.forget(id);
    this.#stepLog.forget(id);
  }

  watch(onChange: (id: string) => void): Watcher {
    const watcher = watch(endedMarksFolder(this.#stateFolder), (_event, name) => {
      if (name !== null && isRunId(name)) {
        onChange(name);
      }
    });
    // The folder is gone or the system is out of watches: callers poll as well.
    watcher.on('error', () => {
      watcher.close();
    });
    return watcher;
  }

  async outputBytes(id: string): Promise<number> {
    return this.#outputSize.measure(id, this.#paths(id));
  }

  async list(): Promise<string[]> {
    return (await readdir(this.#stateFolder)).filter(isRunId);
  }

  #paths(id: string): RunPaths {
    return runPaths(this.#stateFolder, id);
  }

  async #look(id: string, paths: RunPaths): Promise<{ state: RunState; started?: StartedRecord }> {
    const started = await readStarted(paths);
    if (started === undefined) {
      return { state: { state: (await exists(paths.plan)) ? 'prepared' : 'absent' } };
    }
    if (started.pid === 0) {
      return { state: { state: 'absent' } };
    }
    const finished = await readFinished(paths, started.startedAt);
    if (finished !== undefined) {
      return { state: finished, started };
    }
    if (await isAlive(started)) {
      return { state: { state: 'running', startedAt: started.startedAt }, started };
    }
    // It may have ended between the two looks.
    return { state: (await readFinished(paths, started.startedAt)) ?? (await this.#lost(id, paths, started)), started };
  }

  /**
   * "Lost" is a promise that nothing of the run is alive any more, so what a killed supervisor left behind is ended
   * first.
   */
  async #lost(id: string, paths: RunPaths, started: StartedRecord): Promise<RunState> {
    await killRun(id, paths, started);
    await rm(paths.sshKey, { force: true });
    await touch(paths.endedMark);
    return {
      state: 'lost',
      startedAt: started.startedAt,
      message:
        'The process that watched over the run was killed, or the machine restarted. ' +
        'What the run did on the hosts after its last result is not known.',
    };
  }

  /** Takes the place of a supervisor, so that none can start in a folder that is being deleted. */
  async #claimForRemoval(paths: RunPaths): Promise<boolean> {
    const draft = `${paths.started}.${process.pid}.${process.hrtime.bigint()}`;
    try {
      await writePrivate(draft, JSON.stringify({ pid: 0 }));
      await link(draft, paths.started);
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) {
        return false;
      }
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async #deleteFolder(folder: string): Promise<void> {
    const scratch = await scratchFolder(this.#stateFolder);
    try {
      // Gone at once for everybody else, however long the deletion takes.
      await rename(folder, scratch);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) {
        return;
      }
      throw error;
    }
    await rm(scratch, { recursive: true, force: true });
  }
}

function defaultStateFolder(): string {
  const state = process.env['XDG_STATE_HOME'] ?? '';
  return join(state.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'fleetwright', 'runs');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function touch(path: string): Promise<void> {
  await (await open(path, 'a', 0o600)).close();
}
