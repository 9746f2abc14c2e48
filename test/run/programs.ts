/**
 * Builds what the tests take besides the control plane, before any of them runs: what a build takes on a new machine is
 * told here, and is no part of the time of a test file.
 */
import { cinderAvailable } from '../cinder/available.ts';
import { setUpCinder } from '../cinder/setup.ts';
import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import { messageOf } from '../cluster/errors.ts';
import { assessorProgram } from '../gitops/assessor.ts';

const say = (line: string): void => console.log(line);

try {
  if ((await cinderAvailable()).ok) await setUpCinder(say);
} catch (error) {
  console.error(messageOf(error));
}

try {
  await ensureBinaries(['helm', 'helm-unittest'], { log: say });
  await assessorProgram();
} catch (error) {
  // The tests that need it say so themselves; the others go on.
  console.error(messageOf(error));
}
