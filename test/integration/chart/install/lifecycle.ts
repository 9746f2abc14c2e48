import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { chartFolder } from '../../../chart/helm.ts';
import { helm, kubectl, release, system } from './site.ts';

const crd = 'customresourcedefinition/agenttasks.fleetwright.io';
const patience = 300_000;

const waiting = ['--wait', '--timeout', '4m', '--set', 'history.persistence.storageClassName=by-hand'];

async function install(...more: readonly string[]): Promise<void> {
  await helm().must(['install', chartFolder, '--create-namespace', ...waiting, ...more], release());
}

function task(name: string): string {
  return JSON.stringify({
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { name, namespace: 'default' },
    spec: { hosts: ['web-1'], content: '- hosts: all\n  tasks: []\n' },
  });
}

async function columns(): Promise<string> {
  return kubectl(['get', crd, '-o', 'jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}']);
}

/** The chart of a release to come, in which AgentTask has one more column. */
async function nextChart(): Promise<string> {
  const folder = join(await helm().scratch(), 'fleetwright');
  await cp(chartFolder, folder, { recursive: true, dereference: true });
  const file = join(folder, 'files/crds/agenttask.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace(
      'additionalPrinterColumns:\n',
      'additionalPrinterColumns:\n        - { name: News, type: string, jsonPath: .status.phase }\n',
    ),
  );
  const chart = join(folder, 'Chart.yaml');
  await writeFile(chart, (await readFile(chart, 'utf8')).replace(/^version: .*$/m, 'version: 0.2.0'));
  return folder;
}

describe('the chart', () => {
  beforeAll(async () => {
    // A volume for the history, which nobody provides here.
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'history' },
      spec: {
        capacity: { storage: '8Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'by-hand',
        hostPath: { path: '/history' },
      },
    };
    await kubectl(['apply', '-f', '-'], JSON.stringify(volume));
  });

  test(
    'it is installed, upgraded with a changed definition and rolled back beside tasks, and leaves them and the history',
    { timeout: patience },
    async () => {
      await install();
      expect(
        await kubectl([
          'get',
          'deployments',
          '-n',
          system,
          '-o',
          'jsonpath={range .items[*]}{.metadata.name}={.status.readyReplicas} {end}',
        ]),
      ).toBe('fleetwright-controllers=2 fleetwright-facade=1');
      await kubectl(['wait', '--for=condition=Established', crd]);
      await kubectl(['apply', '-f', '-'], task('kept'));
      const before = await columns();
      expect(before).not.toContain('News');

      await helm().must(['upgrade', await nextChart(), ...waiting], release());
      expect(await columns()).toBe(`News ${before}`);
      await kubectl(['get', 'agenttask', 'kept']);

      await helm().must(['rollback', '1', '--wait', '--timeout', '4m'], release());
      expect(await columns()).toBe(before);

      await helm().must(['uninstall', '--wait', '--timeout', '4m'], release());
      await kubectl(['get', 'agenttask', 'kept']);
      expect(
        await kubectl([
          'get',
          'deployments,services,serviceaccounts,roles,rolebindings,pdb,persistentvolumeclaims',
          '-n',
          system,
          '-l',
          'app.kubernetes.io/name=fleetwright',
          '-o',
          'name',
        ]),
      ).toBe('persistentvolumeclaim/fleetwright-history');
      expect(
        await kubectl([
          'get',
          'clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings',
          '-l',
          'app.kubernetes.io/name=fleetwright',
          '-o',
          'name',
        ]),
      ).toBe('');
    },
  );

  test(
    'installed again it takes up what was left, and without crds.keep nothing is left of it',
    { timeout: patience },
    async () => {
      await install('--set', 'crds.keep=false', '--set', 'history.persistence.keep=false');
      await kubectl(['get', 'agenttask', 'kept']);

      await helm().must(['uninstall', '--wait', '--timeout', '4m'], release());
      expect(await kubectl(['get', 'crds', '-o', 'name'])).toBe('');
      expect(
        await kubectl([
          'get',
          'persistentvolumeclaims,jobs,serviceaccounts',
          '-n',
          system,
          '-l',
          'app.kubernetes.io/name=fleetwright',
          '-o',
          'name',
        ]),
      ).toBe('');
      expect(
        await kubectl([
          'get',
          'clusterroles,clusterrolebindings',
          '-l',
          'app.kubernetes.io/name=fleetwright',
          '-o',
          'name',
        ]),
      ).toBe('');
    },
  );
});
