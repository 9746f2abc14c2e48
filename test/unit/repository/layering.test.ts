import { readFile, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { absolute, filesOf } from './files.ts';
import { importsOf } from './imports.ts';
import { breach } from './layers.ts';

const sources = await filesOf('.ts');
const known = new Set(sources);

test('no module imports what its layer must not know', async () => {
  const breaches = await Promise.all(
    sources.map(async (file) => {
      const imports = importsOf(await readFile(absolute(file), 'utf8'));
      return imports.map((specifier) => breach(file, specifier, (path) => known.has(path)));
    }),
  );
  expect(sources.length).toBeGreaterThan(10);
  expect(breaches.flat().filter((text) => text !== undefined)).toEqual([]);
});

test('no hand-written module of the production code is larger than 15 kB', async () => {
  const written = sources.filter(
    (file) => /^(kube|controllers|apiserver|history|crds)\//.test(file) && !file.startsWith('crds/types/'),
  );
  const sizes = await Promise.all(written.map(async (file) => ({ file, bytes: (await stat(absolute(file))).size })));
  expect(sizes.length).toBeGreaterThan(5);
  expect(sizes.filter(({ bytes }) => bytes > 15_000)).toEqual([]);
});

describe('importsOf', () => {
  test.each([
    [`import { a } from './a.ts';`, ['./a.ts']],
    [`import type { A } from "./a.ts"`, ['./a.ts']],
    [`import a, { type B } from './a.ts';\nimport * as c from './c.ts';`, ['./a.ts', './c.ts']],
    [`import './a.ts';`, ['./a.ts']],
    [`export { a } from './a.ts';\nexport type { B } from './b.ts';`, ['./a.ts', './b.ts']],
    [`export * from './a.ts'; export * as b from './b.ts';`, ['./a.ts', './b.ts']],
    [`const a = await import('./a.ts');`, ['./a.ts']],
    ['const a = await import(`./a.ts`);', ['./a.ts']],
    [`let a: import('./a.ts').A;`, ['./a.ts']],
    [`const a = await import(path);`, [undefined]],
    ['const a = await import(`./${name}.ts`);', [undefined]],
    [`const a = await import('./' + name);`, [undefined]],
    [`const a = require('./a.ts');`, ['./a.ts']],
    [`const a = [...require('./a.ts')];`, ['./a.ts']],
    [`const a = import.meta.resolve('./a.ts');`, ['./a.ts']],
    [`vi.mock('./a.ts', () => ({}));`, ['./a.ts']],
    ['const a = `${await import("./a.ts")} and ${`${b}`}`;', ['./a.ts']],
  ])('finds what %s imports', (source, expected) => {
    expect(importsOf(source)).toEqual(expected);
  });

  test.each([
    `// import { a } from './a.ts';`,
    `/* import './a.ts'; */`,
    `const a = "import './a.ts'";`,
    "const a = `import { b } from './a.ts'`;",
    `const a = /import '.\\/a.ts'/;`,
    `export { a };\nconst from = './a.ts';`,
    `if (import.meta.main) run();`,
    `const a = { import: './a.ts' };`,
    `loader.import('./a.ts');`,
    `const half = a / b; const text = 'from'; const other = c / d;`,
  ])('finds no import in %s', (source) => {
    expect(importsOf(source)).toEqual([]);
  });
});

function judge(file: string, source: string): readonly (string | undefined)[] {
  return importsOf(source).map((specifier) => breach(file, specifier, () => true));
}

describe('breach', () => {
  test.each([
    [
      'kube/client.ts',
      `import type { A } from '../crds/types/a.ts';`,
      'kube/client.ts imports crds/types/a.ts: kube/ may import itself only',
    ],
    [
      'kube/client.ts',
      `await import('../controllers/main.ts');`,
      'kube/client.ts imports controllers/main.ts: kube/ may import itself only',
    ],
    [
      'crds/generate.ts',
      `import '../controllers/main.ts';`,
      'crds/generate.ts imports controllers/main.ts: crds/ may import itself, kube/ only',
    ],
    [
      'controllers/a/plan.ts',
      `import '../b/plan.ts';`,
      'controllers/a/plan.ts imports controllers/b/plan.ts: controllers/a and controllers/b must not know each other',
    ],
    [
      'controllers/a/deep/plan.ts',
      `export * from '../../b/plan.ts';`,
      'controllers/a/deep/plan.ts imports controllers/b/plan.ts: ' +
        'controllers/a and controllers/b must not know each other',
    ],
    [
      'controllers/shared/claims.ts',
      `import '../a/plan.ts';`,
      'controllers/shared/claims.ts imports controllers/a/plan.ts: ' +
        'controllers/shared and controllers/a must not know each other',
    ],
    [
      'controllers/a/plan.ts',
      `import '../main.ts';`,
      'controllers/a/plan.ts imports controllers/main.ts: the main module knows the parts, not the other way round',
    ],
    [
      'controllers/main.ts',
      `import './a/kind.ts';`,
      'controllers/main.ts imports controllers/a/kind.ts: only controllers/kinds.ts names what is listed there',
    ],
    [
      'controllers/main.ts',
      `import '../apiserver/app.ts';`,
      'controllers/main.ts imports apiserver/app.ts: controllers/ may import itself, kube/, crds/ only',
    ],
    [
      'apiserver/app.ts',
      `import '../controllers/a/plan.ts';`,
      'apiserver/app.ts imports controllers/a/plan.ts: apiserver/ may import itself, kube/, crds/, history/ only',
    ],
    [
      'apiserver/jobx/routes.ts',
      `import '../dispatch/routes.ts';`,
      'apiserver/jobx/routes.ts imports apiserver/dispatch/routes.ts: ' +
        'apiserver/jobx and apiserver/dispatch must not know each other',
    ],
    [
      'apiserver/objects/lookup.ts',
      `import '../dispatch/names.ts';`,
      'apiserver/objects/lookup.ts imports apiserver/dispatch/names.ts: ' +
        'apiserver/objects and apiserver/dispatch must not know each other',
    ],
    [
      'apiserver/run.ts',
      `import './dispatch/api.ts';`,
      'apiserver/run.ts imports apiserver/dispatch/api.ts: only apiserver/apis.ts names what is listed there',
    ],
    [
      'apiserver/auth/bearer.ts',
      `import '../apis.ts';`,
      'apiserver/auth/bearer.ts imports apiserver/apis.ts: what is listed, and what serves it, does not know the list',
    ],
    [
      'history/recorder/act.ts',
      `import '../agenttask/kind.ts';`,
      'history/recorder/act.ts imports history/agenttask/kind.ts: ' +
        'history/recorder and history/agenttask must not know each other',
    ],
    [
      'kube/client.ts',
      `import '../test/cluster/api.ts';`,
      'kube/client.ts imports test/cluster/api.ts: kube/ may import itself only',
    ],
    [
      'kube/client.ts',
      `await import(name);`,
      'kube/client.ts imports a computed path: import by a literal, so that the layering can be seen',
    ],
    ['kube/client.ts', `import '/etc/a.ts';`, 'kube/client.ts imports /etc/a.ts: use a relative path'],
    ['test/a.ts', `import '../../other/a.ts';`, 'test/a.ts imports ../../other/a.ts, which is outside the repository'],
  ])('refuses in %s: %s', (file, source, expected) => {
    expect(judge(file, source)).toEqual([expected]);
  });

  test.each([
    ['kube/client.ts', `import { Agent } from 'undici'; import './errors.ts';`],
    ['controllers/kinds.ts', `import './a/kind.ts'; import './b/kind.ts';`],
    ['controllers/main.ts', `import './kinds.ts'; import './shared/claims.ts'; import '../kube/manager.ts';`],
    [
      'controllers/a/plan.ts',
      "import './deep/b.ts'; import '../options.ts'; " +
        "import '../shared/claims.ts'; import type { A } from '../../crds/types/a.ts';",
    ],
    ['apiserver/jobx/routes.ts', `import '../auth/token.ts'; import '../../history/store.ts'; import '../api.ts';`],
    ['apiserver/apis.ts', `import './jobx/api.ts'; import './dispatch/api.ts';`],
    ['apiserver/run.ts', `import './app.ts'; import './auth/bearer.ts';`],
    ['apiserver/openapi/offline.ts', `import '../apis.ts'; import '../app.ts';`],
    ['history/agenttask/kind.ts', `import '../kind.ts'; import '../../crds/labels.ts';`],
    ['test/unit/a.test.ts', `import '../../kube/client.ts'; import '../../controllers/a/plan.ts'; await import(name);`],
  ])('lets %s do: %s', (file, source) => {
    expect(judge(file, source).filter((text) => text !== undefined)).toEqual([]);
  });

  test('refuses an import of a file that does not exist', () => {
    expect(breach('kube/a.ts', './b', () => false)).toBe(
      'kube/a.ts imports ./b, but there is no file kube/b; write the path with its ending',
    );
  });
});
