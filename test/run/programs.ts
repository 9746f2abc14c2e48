/**
 * Builds what the tests take besides the control plane, before any of them runs: what a build takes on a new machine is
 * told here, and is no part of the time of a test file.
 */
import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import { messageOf } from '../cluster/errors.ts';
import { assessorProgram } from '../gitops/assessor.ts';

try {
  await ensureBinaries(['helm', 'helm-unittest'], { log: (line) => console.log(line) });
  await assessorProgram();
} catch (error) {
  // The tests that need it say so themselves; the others go on.
  console.error(messageOf(error));
}
