import { openLocalExecutor } from '../../../controllers/agenttask/executors/local.ts';

/** A process that starts the prepared run given as `STATE_FOLDER ID`, says so, and then lives until it is killed. */
const [stateFolder, id] = process.argv.slice(2);
if (stateFolder === undefined || id === undefined) {
  throw new Error('usage: caller.ts STATE_FOLDER ID');
}
const executor = await openLocalExecutor({ stateFolder });
await executor.start(id);
process.stdout.write('started\n');
process.stdin.resume();
