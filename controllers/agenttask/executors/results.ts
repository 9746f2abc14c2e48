import { join } from 'node:path';
import { NAMED_ELSEWHERE, eventsOf, othersInTrouble, troubleElsewhere, withCourse } from './course-results.ts';
import { courseOf } from './event-facts.ts';
import { EVENT_LIMIT, eventFiles, eventsById, readEvents } from './events.ts';
import type { EventFile } from './events.ts';
import type { HostResult, RunResults } from './executor.ts';
import { ResultFold, resultsFromStats } from './host-results.ts';
import type { JsonObject } from './json.ts';
import { explainMissingRole } from './missing-role.ts';
import { plainEnds, plainLine } from './plain-text.ts';
import { readTail } from './run-folder.ts';
import type { RunPaths } from './run-folder.ts';

/** After the final counts only a few warnings can follow. */
const STATS_WITHIN = 64;
const TAIL_BYTES = 16_384;

/** Reads the results of a run from its artifacts. `running`: tasks in progress are expected. */
export async function readResults(paths: RunPaths, hosts: readonly string[], running: boolean): Promise<RunResults> {
  const files = await eventFiles(paths);
  const stats = await findStats(files.slice(-STATS_WITHIN));
  if (stats !== undefined) return summarise(files, hosts, stats);
  const results = await fold(files, hosts, running);
  if (running) return { hosts: results };
  const message = await explain(paths);
  return { hosts: results, uncounted: true, ...(message === undefined ? {} : { message }) };
}

async function findStats(files: readonly EventFile[]): Promise<JsonObject | undefined> {
  for await (const event of readEvents(files)) {
    if (event.name === 'playbook_on_stats') {
      return event.data;
    }
  }
  return undefined;
}

async function fold(files: readonly EventFile[], hosts: readonly string[], running: boolean): Promise<HostResult[]> {
  const tallies = new ResultFold(hosts);
  for await (const event of readEvents(files.slice(-EVENT_LIMIT))) {
    tallies.add(event);
  }
  return tallies.results(running);
}

async function summarise(
  files: readonly EventFile[],
  hosts: readonly string[],
  stats: JsonObject,
): Promise<RunResults> {
  const results = resultsFromStats(hosts, stats);
  const others = othersInTrouble(hosts, stats);
  const course = courseOf(stats);
  if (course === undefined) return { hosts: results };
  const named = [...hosts, ...others.slice(0, NAMED_ELSEWHERE)].flatMap((host) => eventsOf(course, host));
  const events = await eventsById(files, new Set(named));
  const elsewhere = troubleElsewhere(others, course, events);
  return {
    hosts: results.map((result) => withCourse(result, course, events)),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(hosts.some((host) => course.selected.has(host)) ? {} : { unmatched: true }),
  };
}

/** Why a run without final counts ended, where Ansible or ansible-runner says so. */
async function explain(paths: RunPaths): Promise<string | undefined> {
  const output = await readTail(join(paths.artifacts, 'stdout'), TAIL_BYTES);
  const error = ansibleError(output, paths.folder);
  return error ?? (output.trim() === '' ? lastLine(await readTail(paths.runnerLog, TAIL_BYTES)) : undefined);
}

/**
 * Ansible's last error line, with the place that it points to: in the content, or in a file that the content includes.
 */
function ansibleError(output: string, folder: string): string | undefined {
  const lines = output.split('\n');
  const index = lines.findLastIndex((line) => /^\[ERROR\]: |^ERROR! /.test(line));
  const said = lines[index]?.replace(/^\[ERROR\]: |^ERROR! /, '') ?? '';
  const text = explainMissingRole(said).replaceAll(`${folder}/`, '');
  if (text === '') {
    return undefined;
  }
  const [, path = '', line, column] =
    lines
      .slice(index)
      .find((candidate) => candidate.startsWith('Origin: '))
      ?.match(/^Origin: (.*):(\d+):(\d+)\s*$/) ?? [];
  return plainEnds(line === undefined ? text : `Line ${line}, column ${column} of ${fileName(path, folder)}: ${text}`);
}

/** How people call a file of a run, wherever it lies on this machine. */
function fileName(path: string, folder: string): string {
  const project = `${folder}/project/`;
  if (path === `${project}playbook.yml` || path === `${project}tasks.yml`) return 'the content';
  return (
    /\/((?:roles|ansible_collections)\/.*)$/.exec(path)?.[1] ?? path.replace(project, '').replace(`${folder}/`, '')
  );
}

function lastLine(text: string): string | undefined {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  return line.trim() === '' ? undefined : plainLine(line);
}
