import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import type { Report } from '../../src/schema/report.ts';
import { filterscope } from '../cli/run.ts';

/** The examples of docs/plugins.md, as a reader would type them. */
let folder: string;
const examples = new Map<string, string>();

beforeAll(async () => {
  const text = await readFile(join(packageRoot, 'docs/plugins.md'), 'utf8');
  for (const [, code] of text.matchAll(/```ts\n([\s\S]*?)```/g)) {
    const name = /export const (\w+)/.exec(code!)?.[1];
    if (name) examples.set(name, code!);
  }
  folder = await mkdtemp(join(tmpdir(), 'filterscope docs-'));
  await mkdir(join(folder, 'experiments'));
  for (const [name, code] of examples) await writeFile(join(folder, `${name}.ts`), code);
  await writeFile(
    join(folder, 'filterscope.config.ts'),
    `${[...examples.keys()].map((name) => `import { ${name} } from './${name}.ts';`).join('\n')}
     export default { techniques: [meanMap], presentations: [meanMapPages], layers: [scaledTanh], colormaps: [ocean] };`,
  );
  await writeFile(
    join(folder, 'experiments/example.yaml'),
    `title: Example
model: {input: [16, 16], layers: [{conv2d: {filters: 3, kernel: 3}}, scaled_tanh]}
images: {generated: patterns, limit: 1}
views:
  - {technique: mean-map, layer: scaled_tanh_1, colormap: ocean}
`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('has the examples whose types are checked as files', async () => {
  const files = join(packageRoot, 'test/plugins/examples');
  const names = (await readdir(files)).map((file) => file.replace('.ts', ''));
  expect([...examples.keys()].sort()).toEqual(names.sort());
  for (const name of names)
    expect(await readFile(join(files, `${name}.ts`), 'utf8')).toBe(examples.get(name));
});

it('builds what they make', async () => {
  const { status, stdout } = await filterscope(['build', '--backend', 'wasm'], { cwd: folder });
  expect(stdout).toContain('Pages:');
  expect(status).toBe(0);
  const text = await readFile(join(folder, 'dist/example/report.json'), 'utf8');
  const { views } = JSON.parse(text) as Report;
  expect(views[0]).toMatchObject({ id: 'mean-map-scaled-tanh-1', title: 'Mean map of scaled_tanh_1' });
  expect(views[0]!.panels).toMatchObject([{ kind: 'map', width: 14, height: 14, facts: { filters: 3 } }]);
}, 120_000);
