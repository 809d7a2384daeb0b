// Packs this repository, installs the package into an empty folder, and goes from `init` to a gallery there.
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'filterscope package-'));
const project = join(work, 'project');
const modules = join(project, 'node_modules');

/** @param {readonly string[]} args */
function run(program, args, cwd) {
  const start = performance.now();
  const output = execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${[program, ...args].join(' ').replaceAll(work, '…')}: ${seconds} s\n`);
  return output;
}

/** Path, size and time of change of all files below node_modules. */
function listModules() {
  return readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
    .sort();
}

/** Beside the one that runs this, the oldest supported: the galleries must be the same but for the version that they state. */
const NODE_VERSIONS = ['22', '24'];

/** Path of a Node of that version, from its package. */
function installNode(version) {
  const folder = join(work, `node-${version}`);
  const name = `node-${process.platform}-${process.arch}`;
  run(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`],
    work,
  );
  return join(folder, 'node_modules', name, 'bin', 'node');
}

/** SHA-256 of images and data of a report, by path: pages and report.json state the version of Node. */
function sums(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.html$|report\.json$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map(
      (path) =>
        `${path.slice(folder.length)} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`,
    )
    .sort();
}

try {
  run('npm', ['pack', '--loglevel=error', '--pack-destination', work], root);
  const tarball = join(
    work,
    readdirSync(work).find((name) => name.endsWith('.tgz')),
  );
  const { size } = statSync(tarball);
  process.stdout.write(`${(size / 1e6).toFixed(2)} MB packed\n`);
  assert.ok(size <= 5e6, 'the package has more than 5 MB');

  run('npm', ['install', '--prefix', project, '--no-audit', '--no-fund', '--loglevel=error', tarball], work);
  const installed = join(modules, 'filterscope');
  const files = readdirSync(installed, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const entry of files) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    assert.ok(!readFileSync(path, 'latin1').includes(root), `${path} names a folder of this machine`);
  }
  assert.ok(
    !readdirSync(join(modules, '@tensorflow')).includes('tfjs-node-gpu'),
    'tfjs-node-gpu was installed',
  );

  const sbom = JSON.parse(readFileSync(join(installed, 'lib', 'sbom.cdx.json'), 'utf8'));
  assert.equal(sbom.bomFormat, 'CycloneDX');
  const listed = new Set(sbom.components.map(({ purl }) => decodeURIComponent(purl)));
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const [name, version] of Object.entries(dependencies)) {
    assert.ok(listed.has(`pkg:npm/${name}@${version}`), `the SBOM lacks ${name}@${version}`);
    assert.equal(lock.packages[`node_modules/${name}`].version, version);
  }
  for (const { name, hashes } of sbom.components) {
    assert.ok(!dependencies[name] || hashes.length > 0, `the SBOM has no sum of ${name}`);
  }

  const before = listModules();
  const filterscope = (...args) => run('npx', ['--no-install', 'filterscope', ...args], project);
  assert.match(filterscope('init'), /Wrote experiments\/first-look\.yaml/);
  filterscope('new', 'digits', '--model', 'lenet');
  writeFileSync(
    join(project, 'filterscope.config.ts'),
    "import { defineConfig } from 'filterscope';\nimport { meanMap } from './meanMap.ts';\nimport { ocean } from './ocean.ts';\n" +
      "export default defineConfig({ title: 'Packed', techniques: [meanMap], colormaps: [ocean] });\n",
  );
  for (const name of ['meanMap.ts', 'ocean.ts', 'scaledTanh.ts', 'meanMapPages.ts']) {
    cpSync(join(root, 'test/plugins/examples', name), join(project, name));
  }
  writeFileSync(
    join(project, 'experiments', 'own.yaml'),
    'title: Own\nmodel: {zoo: patternnet}\nimages: {generated: patterns, limit: 1}\n' +
      'views: [{technique: mean-map, layer: conv1, colormap: ocean}]\n',
  );
  filterscope('check');
  filterscope('build', 'first-look', 'own', '--backend', 'wasm');
  assert.match(readFileSync(join(project, 'dist/own/report.json'), 'utf8'), /"filters":32/);
  assert.match(readFileSync(join(project, 'dist', 'index.html'), 'utf8'), /<title>Packed<\/title>/);
  assert.ok(readdirSync(join(project, 'dist', 'first-look')).includes('report.json'));

  writeFileSync(
    join(project, 'api.mjs'),
    "import { check } from 'filterscope';\nconst { experiments } = await check({ ids: ['first-look'] });\n" +
      'const [{ jobs, cached }] = experiments;\nif (jobs === 0 || jobs !== cached) throw new Error(`${cached} of ${jobs}`);\n',
  );
  run(process.execPath, ['api.mjs'], project);
  writeFileSync(
    join(project, 'typed.ts'),
    "import { build, type BuildResult } from 'filterscope';\nexport const result: Promise<BuildResult> = build({ jobs: 1 });\n" +
      '// @ts-expect-error: not an option\nvoid build({ job: 1 });\n',
  );
  const strict = [
    '--noEmit',
    '--strict',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
  ];
  const target = [
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--skipLibCheck',
    '--allowImportingTsExtensions',
  ];
  const sources = ['typed.ts', 'filterscope.config.ts', 'scaledTanh.ts', 'meanMapPages.ts'];
  run(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...strict, ...target, ...sources],
    project,
  );
  const gallery = sums(join(project, 'dist', 'first-look'));
  for (const version of NODE_VERSIONS) {
    const node = installNode(version);
    const folders = ['--cache', join(work, `cache-${version}`), '--out', join(work, `dist-${version}`)];
    const command = join(installed, 'scripts', 'filterscope.mjs');
    run(node, [command, 'build', 'first-look', 'own', '--backend', 'wasm', ...folders], project);
    assert.match(run(node, [command, 'check', '--json', ...folders], project), /"cached"/);
    assert.deepEqual(
      sums(join(work, `dist-${version}`, 'first-look')),
      gallery,
      `Node ${version} gives other bytes`,
    );
  }
  assert.deepEqual(listModules(), before, 'something was written below node_modules');
} finally {
  rmSync(work, { recursive: true, force: true });
}
