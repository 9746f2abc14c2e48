/** `make fuzz`: calls a facade with all kinds of data and checks that it answers as docs/openapi*.json say. */
import { messageOf } from '../cluster/errors.ts';
import { startFacade } from './facade.ts';
import { helpText, parseOptions, type Options } from './options.ts';
import { runSchemathesis } from './run.ts';
import { namespace, openSite, taskNamespace, type FuzzSite } from './site.ts';
import { schemathesisProgram } from './tool.ts';

const log = (line: string): void => console.error(line);

/** @returns what was found, none when all is well */
async function fuzz(
  mode: Options['modes'][number],
  options: Options,
  program: string,
  site: FuzzSite,
): Promise<readonly string[]> {
  console.log(`\nThe dispatch API in ${mode} mode:`);
  const facade = await startFacade({ kubeconfigPath: site.plane.kubeconfigPath, namespace, taskNamespace, mode });
  let passed = false;
  let died: string | undefined;
  try {
    passed = await runSchemathesis({ program, mode, url: facade.url, token: site.token, options });
  } finally {
    died = await facade.stop();
  }
  return [
    ...(passed ? [] : [`${mode} mode: schemathesis found what is told above`]),
    ...facade.errors.map((error) => `${mode} mode: the facade logged an error: ${error}`),
    ...(died === undefined ? [] : [`${mode} mode: ${died}`]),
  ];
}

async function main(options: Options): Promise<number> {
  const program = await schemathesisProgram(log);
  const site = await openSite(log);
  const findings: string[] = [];
  try {
    for (const mode of options.modes) findings.push(...(await fuzz(mode, options, program, site)));
  } finally {
    await site.plane.stop();
  }
  console.log(
    findings.length === 0 ? '\nNothing found: every answer was as the description says.' : `\n${findings.join('\n')}`,
  );
  return findings.length === 0 ? 0 : 1;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(helpText);
  else process.exitCode = await main(options);
} catch (error) {
  console.error(`fuzz: ${messageOf(error)}`);
  process.exitCode = 2;
}
