import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down, isReady, up } from './background.ts';
import { readLivingState } from './background-state.ts';
import type { BackgroundState } from './background-state.ts';
import { binaries } from './binaries/catalogue.ts';
import { ensureBinaries } from './binaries/ensure.ts';
import { checkoutFolder, checkoutName, stateFolder } from './checkout.ts';
import { neededBinaries } from './control-plane.ts';
import { ClusterError, messageOf } from './errors.ts';
import { kindDown, kindUp } from './kind.ts';

const help = `Usage: node test/cluster/cli.ts COMMAND

A Kubernetes cluster for this checkout.

  up         start a local control plane in the background, with three pretended nodes
  down       stop it and remove everything that it made
  status     say whether it runs and where (exit code 1 when it does not)
  binaries   fetch or build the programs that it takes, and print where they are
  kind-up    make a kind cluster instead, with real containers (needs Docker and kind)
  kind-down  delete that one

The programs are looked for in KUBEBUILDER_ASSETS, then in the user's cache folder; missing ones are
downloaded with setup-envtest where that is possible, else built with Go, once (about eight minutes on two idle cores).
`;

const kindKubeconfig = join(checkoutFolder, '.fleetwright', 'kind', 'kubeconfig');

const commands: Readonly<Record<string, () => Promise<number>>> = {
  async up() {
    describe(await up(stateFolder, say));
    return 0;
  },
  async down() {
    say(
      (await down(stateFolder, say))
        ? 'The control plane has been stopped.'
        : 'No control plane was running for this checkout.',
    );
    return 0;
  },
  async status() {
    const state = await readLivingState(stateFolder);
    if (state === undefined) {
      say('No control plane is running for this checkout. Start one with `node test/cluster/cli.ts up`.');
      return 1;
    }
    if (!(await isReady(state))) {
      say(
        `The control plane (process ${state.pid}) runs, ` +
          `but its API server at ${state.url} is not ready. Logs: ${state.folder}`,
      );
      return 1;
    }
    describe(state);
    return 0;
  },
  async binaries() {
    const names = neededBinaries({});
    const paths = await ensureBinaries(names, { log: (line) => process.stderr.write(`${line}\n`) });
    for (const name of names) {
      say(`${name.padEnd(24)} ${binaries[name].version.padEnd(8)} ${paths.pathOf(name)}`);
    }
    return 0;
  },
  async 'kind-up'() {
    const name = checkoutName();
    await kindUp(name, kindKubeconfig, process.env, say);
    say(`kind cluster ${name} is ready`);
    sayHowToUse(kindKubeconfig);
    return 0;
  },
  async 'kind-down'() {
    await kindDown(checkoutName(), kindKubeconfig, process.env);
    say(`kind cluster ${checkoutName()} is gone`);
    return 0;
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe(state: BackgroundState): void {
  say(`The control plane is ready at ${state.url} (process ${state.pid}; data and logs in ${state.folder}).`);
  sayHowToUse(state.kubeconfigPath);
  say(`kubectl of the same version: ${state.kubectlPath}`);
}

function sayHowToUse(kubeconfigPath: string): void {
  say(`Kubeconfig: ${kubeconfigPath}`);
  say(`export KUBECONFIG='${kubeconfigPath.replaceAll("'", String.raw`'\''`)}'`);
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const [name, ...rest] = positionals;
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined || rest.length > 0) {
    const what = name === undefined ? 'A command is missing' : `Not understood: ${positionals.join(' ')}`;
    throw new ClusterError('BAD_USAGE', `${what}. Commands: ${Object.keys(commands).join(', ')}. See --help.`);
  }
  return command();
}

function parse(args: readonly string[]): { values: { help?: boolean | undefined }; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new ClusterError('BAD_USAGE', `${messageOf(error).replace(/\.? To specify.*/s, '')}. See --help.`, {
      cause: error,
    });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // A stack is for faults of this program; these are the machine's or the caller's.
  process.stderr.write(
    `${error instanceof ClusterError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = error instanceof ClusterError && error.code === 'BAD_USAGE' ? 2 : 1;
}
