import { join } from 'node:path';
import { listEvents, readEvents } from './events.ts';
import type { HostResult, RunResults } from './executor.ts';
import { failureMessage } from './failure-message.ts';
import { ResultFold, isTrouble, resultsFromStats, troubledHosts } from './host-results.ts';
import { textField } from './json.ts';
import type { JsonObject } from './json.ts';
import { explainMissingRole } from './missing-role.ts';
import { plainLine } from './plain-text.ts';
import { readTail } from './run-folder.ts';
import type { RunPaths } from './run-folder.ts';

/** After the final counts only a few warnings can follow. */
const STATS_WITHIN = 64;
const TAIL_BYTES = 16_384;

/** Reads the results of a run from its artifacts. `running`: tasks in progress are expected. */
export async function readResults(paths: RunPaths, hosts: readonly string[], running: boolean): Promise<RunResults> {
  const files = await listEvents(paths.events);
  const stats = await findStats(files.slice(-STATS_WITHIN));
  const results = stats === undefined ? await fold(files, hosts, running) : await summarise(files, hosts, stats);
  const message =
    running || results.some(({ result }) => result === 'failed' || result === 'unreachable')
      ? undefined
      : await explain(paths, results, stats);
  return {
    hosts: results.map((result) => withoutFolder(result, paths.folder)),
    ...(message === undefined ? {} : { message }),
  };
}

/** Where the run's files are on this machine is nobody's business, and takes the room of the reason. */
function withoutFolder(result: HostResult, folder: string): HostResult {
  return result.message === undefined ? result : { ...result, message: result.message.replaceAll(`${folder}/`, '') };
}

async function findStats(files: readonly string[]): Promise<JsonObject | undefined> {
  for await (const event of readEvents(files)) {
    if (event.name === 'playbook_on_stats') {
      return event.data;
    }
  }
  return undefined;
}

async function fold(files: readonly string[], hosts: readonly string[], running: boolean): Promise<HostResult[]> {
  const tallies = new ResultFold(hosts);
  for await (const event of readEvents(files)) {
    tallies.add(event);
  }
  return tallies.results(running);
}

async function summarise(files: readonly string[], hosts: readonly string[], stats: JsonObject): Promise<HostResult[]> {
  const wanted = troubledHosts(hosts, stats);
  const messages = new Map<string, string>();
  // From the end: the last trouble of a host is the one that took it out of the run; earlier ones may have been rescued.
  if (wanted.size > 0) {
    for await (const event of readEvents(files.toReversed())) {
      const host = textField(event.data, 'host');
      if (host !== undefined && wanted.has(host) && isTrouble(event)) {
        messages.set(host, failureMessage(event));
        wanted.delete(host);
      }
      if (wanted.size === 0) {
        break;
      }
    }
  }
  return resultsFromStats(hosts, stats, messages);
}

/** Why a run without a failed host did not do its work; undefined when it did. */
async function explain(
  paths: RunPaths,
  results: readonly HostResult[],
  stats: JsonObject | undefined,
): Promise<string | undefined> {
  if (stats !== undefined) {
    return results.every(({ result }) => result === 'notRun')
      ? 'Nothing ran: no play of the content selects a host of this task. Use "hosts: all".'
      : undefined;
  }
  const output = await readTail(join(paths.artifacts, 'stdout'), TAIL_BYTES);
  const error = ansibleError(output);
  return error ?? (output.trim() === '' ? lastLine(await readTail(paths.runnerLog, TAIL_BYTES)) : undefined);
}

/** Ansible's last error line, with the place in the content it points to. */
function ansibleError(output: string): string | undefined {
  const lines = output.split('\n');
  const index = lines.findLastIndex((line) => /^\[ERROR\]: |^ERROR! /.test(line));
  const text = explainMissingRole(lines[index]?.replace(/^\[ERROR\]: |^ERROR! /, '') ?? '');
  if (text === '') {
    return undefined;
  }
  const place = lines
    .slice(index)
    .find((line) => line.startsWith('Origin: '))
    ?.match(/:(\d+):(\d+)\s*$/);
  return plainLine(
    place === undefined || place === null ? text : `Line ${place[1]}, column ${place[2]} of the content: ${text}`,
  );
}

function lastLine(text: string): string | undefined {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  return line.trim() === '' ? undefined : plainLine(line);
}
