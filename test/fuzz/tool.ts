import { join } from 'node:path';

import { installPythonProgram } from '../python/environment.ts';

/**
 * Makes a Python environment with schemathesis in the user's cache, unless it is there for the present requirements.
 * @param say receives progress
 * @returns the path of the program
 * @throws PythonError with the fix
 */
export async function schemathesisProgram(say: (line: string) => void): Promise<string> {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const folder = await installPythonProgram({ name: 'schemathesis', requirements, lasts: 'about half a minute' }, say);
  return join(folder, 'bin', 'schemathesis');
}
