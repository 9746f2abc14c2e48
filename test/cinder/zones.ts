import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { pickPorts } from '../cluster/ports.ts';
import { configuration, share, shareFolder, type ZonePlaces } from './configuration.ts';
import type { CinderProgram } from './setup.ts';

/** The project of the controllers in a zone. Projects are hexadecimal. */
export const ownProject = 'f1ee7f1ee7f1ee7f1ee7f1ee7f1ee7f1';

/** A zone cannot be started. */
class ZoneError extends Error {
  override readonly name = 'ZoneError';
  readonly code = 'ZONE_START';
}

/** A zone of block storage: a whole Cinder of its own. */
export interface Zone {
  readonly name: string;
  /** For a StorageZone. */
  readonly endpoint: string;
  /** Where the files of its volumes are, as others see them while it runs. */
  readonly volumes: string;
  /** Kills it (-9). Its database and its volumes are left as they are. */
  kill(): Promise<void>;
  /** Starts it again after that, without its volumes' content, at the same address. */
  start(): Promise<void>;
}

export interface ZoneOptions {
  readonly name: string;
  /** The zone's own. */
  readonly folder: string;
  /** Where backups are kept: shared by the zones. */
  readonly backups: string;
}

/** Bytes that all volumes of a zone may take: a new one takes none, a restored one what its backup has, zeros too. */
const capacity = '8g';
const startPatience = 400_000;

/** Starts a zone. It ends with this process. @throws ZoneError */
export async function startZone(program: CinderProgram, options: ZoneOptions): Promise<Zone> {
  const { name, folder, backups } = options;
  const [port] = await pickPorts(1);
  if (port === undefined) throw new ZoneError('no port is free');
  const places: ZonePlaces = {
    name,
    folder,
    backups,
    port,
    share: join(folder, 'mounted'),
    database: join(folder, 'cinder.sqlite'),
  };
  await mkdir(join(folder, 'locks'), { recursive: true });
  await mkdir(backups, { recursive: true });
  await copyFile(program.emptyDatabase, places.database);
  await writeFile(join(folder, 'shares'), `${share}\n`);
  await writeFile(join(folder, 'cinder.conf'), configuration(program.environment, places));
  let child = await launch(program, places);
  return {
    name,
    endpoint: `http://127.0.0.1:${port}/v3`,
    get volumes() {
      // Mounted in the zone's own mount namespace.
      return `/proc/${child.pid}/root${places.share}`;
    },
    async kill() {
      await killed(child);
    },
    async start() {
      child = await launch(program, places);
    },
  };
}

async function launch(program: CinderProgram, places: ZonePlaces): Promise<ChildProcess> {
  const child = spawn(
    'unshare',
    [
      '--mount',
      'sh',
      join(import.meta.dirname, 'zone.sh'),
      shareFolder(places),
      capacity,
      join(program.environment, 'bin', 'python3'),
      join(places.folder, 'cinder.conf'),
    ],
    {
      // Ctrl-C, which reaches a whole process group, ends who started it: he ends the zone in his own order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: program.path },
    },
  );
  let output = '';
  const log = createWriteStream(join(places.folder, 'log'), { flags: 'a' });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log.write(text);
      output = (output + text).slice(-8000);
    });
  child.once('exit', (code, signal) => log.end(`ended with ${signal ?? `exit code ${code}`}\n`));
  const deadline = Date.now() + startPatience;
  while (!(await answers(places.port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await killed(child);
      throw new ZoneError(`zone ${places.name} did not start:\n${output}`);
    }
    await delay(200);
  }
  return child;
}

/** Whether all services are there, and the scheduler has heard of the place for volumes: before, a new one fails. */
async function answers(port: number): Promise<boolean> {
  const services = await textOf(port, '/os-services');
  if (!['cinder-scheduler', 'cinder-backup', 'cinder-volume'].every((service) => services.includes(service)))
    return false;
  return (await textOf(port, '/scheduler-stats/get_pools')).includes('@files');
}

/** @returns nothing for what is not answered yet */
async function textOf(port: number, path: string): Promise<string> {
  const headers = { 'x-auth-token': `tests:${ownProject}` };
  const answer = await fetch(`http://127.0.0.1:${port}/v3/${ownProject}${path}`, { headers }).catch(() => undefined);
  return answer?.ok === true ? answer.text() : '';
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
