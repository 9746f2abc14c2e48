import type { ApiserverControl } from './control-plane-handle.ts';
import type { Keeper } from './keeper-client.ts';
import type { ProgramSpec } from './keeper-protocol.ts';
import { whileRunning } from './supervision.ts';

/** Makes the API server's process stoppable, startable and pausable. `ready` resolves when it serves. */
export function controlApiserver(
  keeper: Keeper,
  spec: ProgramSpec,
  firstPid: number,
  ready: () => Promise<void>,
): ApiserverControl {
  let pid = firstPid;
  return {
    get pid() {
      return pid;
    },
    stop: (signal = 'SIGTERM') => keeper.stop(spec.name, signal),
    async start() {
      pid = await keeper.start(spec);
      await whileRunning(keeper, [spec.name], ready());
    },
    pause() {
      process.kill(pid, 'SIGSTOP');
    },
    resume() {
      process.kill(pid, 'SIGCONT');
    },
  };
}
