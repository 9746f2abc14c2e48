import { runSuites } from './suites.ts';

const { code, stdout, stderr } = await runSuites();
process.stdout.write(stdout);
if (code !== 0) process.stderr.write(stderr);
process.exitCode = code ?? 1;
