import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { absolute } from './files.ts';
import { inexactVersions, licenceTable, refusedLicences, refusedScripts } from './packages.ts';
import type { InstalledPackage, LockedPackage, PackageManifest } from './packages.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const manifest: Manifest = JSON.parse(await readFile(absolute('package.json'), 'utf8'));
const lock: Lock = JSON.parse(await readFile(absolute('package-lock.json'), 'utf8'));
const packages = await Promise.all(
  Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(async ([path, locked]): Promise<InstalledPackage> => {
      const text = await readFile(absolute(`${path}/package.json`), 'utf8').catch(() => undefined);
      const parsed: PackageManifest | undefined = text === undefined ? undefined : JSON.parse(text);
      return parsed === undefined ? { path, locked } : { path, locked, manifest: parsed };
    }),
);
const production = packages.filter(({ locked }) => locked.dev !== true);

/**
 * Development tools have binaries for platforms on which the lock file was not made; npm checks those against the
 * registry alone.
 */
function elsewhere({ locked, manifest: found }: InstalledPackage): boolean {
  return locked.dev === true && locked.optional === true && found === undefined;
}

describe('what an installation brings', () => {
  test('is under licences of the stated list', () => {
    console.log(`npm ci --omit=dev brings ${production.length} packages: ${licenceTable(production)}`);
    expect(production.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
    expect(refusedLicences(packages)).toEqual([]);
  });

  test('is all there to be examined', () => {
    expect(production.filter(({ manifest: found, locked }) => found === undefined && locked.optional !== true)).toEqual(
      [],
    );
  });

  test('runs no script that package.json does not allow by name', () => {
    expect(refusedScripts(packages, manifest.allowScripts)).toEqual([]);
  });

  test('is pinned to exact versions, and the lock file to contents instead of addresses', () => {
    expect(inexactVersions({ ...manifest.dependencies, ...manifest.devDependencies })).toEqual([]);
    expect(
      packages.filter((entry) => entry.locked.integrity === undefined && !elsewhere(entry)).map(({ path }) => path),
    ).toEqual([]);
    expect(packages.filter(({ locked }) => locked.resolved !== undefined).map(({ path }) => path)).toEqual([]);
  });
});

describe('the rules', () => {
  const locked = { license: 'MIT' } satisfies LockedPackage;

  test('refuse a licence that is not listed, and MPL-2.0 in production', () => {
    expect(
      refusedLicences([
        { path: 'node_modules/a', locked: { license: 'GPL-3.0-only', dev: true } },
        { path: 'node_modules/b', locked: { license: 'MPL-2.0' } },
        { path: 'node_modules/c', locked: { license: 'MPL-2.0', dev: true } },
        { path: 'node_modules/d', locked, manifest: { license: 'AGPL-3.0-only' } },
        { path: 'node_modules/e', locked: {} },
      ]),
    ).toEqual([
      'node_modules/a: licence GPL-3.0-only is not on the list for tools',
      'node_modules/b: licence MPL-2.0 is not on the list for production',
      'node_modules/d: licence AGPL-3.0-only is not on the list for production',
      'node_modules/e: licence none stated is not on the list for production',
    ]);
  });

  test('refuse install scripts that are not allowed by name, declared in the lock file or not', () => {
    const text = 'runs a script when it is installed; allowScripts in package.json does not name it';
    expect(
      refusedScripts(
        [
          { path: 'node_modules/a', locked: { ...locked, hasInstallScript: true } },
          { path: 'node_modules/b/node_modules/@c/d', locked, manifest: { scripts: { postinstall: 'node x.js' } } },
          { path: 'node_modules/e', locked: { ...locked, hasInstallScript: true } },
          { path: 'node_modules/f', locked, manifest: { scripts: { test: 'node x.js' } } },
        ],
        { e: true },
      ),
    ).toEqual([`node_modules/a ${text}`, `node_modules/b/node_modules/@c/d ${text}`]);
  });

  test.each(['^1.0.0', '~1.0.0', '1.x', '>=1.0.0', '*', 'latest', 'file:../a', 'git+ssh://host/a.git', '1.0'])(
    'refuse the version %s',
    (version) => {
      expect(inexactVersions({ a: version, b: '1.2.3', c: '1.0.0-rc.1' })).toEqual([
        `a: ${version} is not an exact version`,
      ]);
    },
  );
});
