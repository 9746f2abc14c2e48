import { hostFolder } from './hosts.ts';

/**
 * A play on all hosts without facts, which would only take time. `{{ folder }}` is the writable folder of each host.
 * @param steps the tasks as YAML; `raw` where it does not matter how: it needs no Python on the host
 * @param settings further lines of the play
 */
export function play(steps: string, ...settings: readonly string[]): string {
  const indented = steps
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
  const head = [
    '- hosts: all',
    '  gather_facts: false',
    ...settings.map((line) => `  ${line}`),
    '  vars:',
    `    folder: ${hostFolder}`,
    '  tasks:',
  ];
  return `${[...head, ...indented].join('\n')}\n`;
}
