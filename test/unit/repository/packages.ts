export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

/** The parts of an installed package's package.json that matter here. */
export interface PackageManifest {
  readonly name?: string;
  readonly license?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

export interface InstalledPackage {
  /** Such as `node_modules/pino`. */
  readonly path: string;
  readonly locked: LockedPackage;
  /** Absent for an optional package that is not for this platform. */
  readonly manifest?: PackageManifest;
}

/** What users receive: licences that ask for no more than a notice. */
const forProduction = new Set([
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** Tools that are not passed on may also be under a licence that asks to publish changes of their own files. */
const forTools = new Set([...forProduction, 'MPL-2.0']);

function licenceOf({ locked, manifest }: InstalledPackage): string {
  return manifest?.license ?? locked.license ?? 'none stated';
}

/** Lists the packages under a licence that is not on the list for their use, in sentences that name both. */
export function refusedLicences(packages: readonly InstalledPackage[]): readonly string[] {
  return packages.flatMap((entry) => {
    const licence = licenceOf(entry);
    const accepted = entry.locked.dev === true ? forTools : forProduction;
    return accepted.has(licence)
      ? []
      : [
          `${entry.path}: licence ${licence} is not on the list ` +
            `for ${entry.locked.dev === true ? 'tools' : 'production'}`,
        ];
  });
}

/** Lists the packages that run a script when they are installed although package.json does not allow it by name. */
export function refusedScripts(
  packages: readonly InstalledPackage[],
  allowed: Readonly<Record<string, boolean>>,
): readonly string[] {
  return packages.flatMap(({ path, locked, manifest }) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const scripts = ['preinstall', 'install', 'postinstall'].filter(
      (script) => manifest?.scripts?.[script] !== undefined,
    );
    if ((locked.hasInstallScript !== true && scripts.length === 0) || allowed[name] === true) return [];
    return [`${path} runs a script when it is installed; allowScripts in package.json does not name it`];
  });
}

/** Lists the dependencies whose version is a range, a tag or an address. */
export function inexactVersions(dependencies: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(dependencies)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))
    .map(([name, version]) => `${name}: ${version} is not an exact version`);
}

/** Number of packages by licence, the most frequent first: `MIT 99, Apache-2.0 12`. */
export function licenceTable(packages: readonly InstalledPackage[]): string {
  const counts = new Map<string, number>();
  for (const entry of packages) counts.set(licenceOf(entry), (counts.get(licenceOf(entry)) ?? 0) + 1);
  return [...counts]
    .toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .map(([licence, count]) => `${licence} ${count}`)
    .join(', ');
}
