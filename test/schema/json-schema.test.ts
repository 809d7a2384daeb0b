import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../src/package-root.ts';
import { jsonSchemas, reportJsonSchema } from '../../src/schema/json-schema.ts';
import type { JsonSchema } from '../../src/schema/json-schema.ts';
import { techniques as realTechniques } from '../../src/techniques/registry.ts';
import { SAMPLE, techniques, withImages, withModel, withView } from './harness.ts';

const schemas = jsonSchemas(techniques);
const compile = (schema: object) => new Ajv({ schemaId: 'auto', allErrors: true }).compile(schema);
const validate = compile(schemas['experiment.schema.json']!);
const isValid = (yaml: string) => {
  const result = validate(parse(yaml));
  if (typeof result !== 'boolean') throw new Error('the schema should not be asynchronous');
  return result;
};

describe('the JSON Schema of experiment files', () => {
  it("takes DESIGN's example", () => {
    isValid(SAMPLE);
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each([
    withModel(
      'input: [8, 8]\nlayers: [relu, max_pool: 2, flatten: , conv2d: {filters: 3, kernel: [3, 5]}, {type: dense, units: 3}, dense: 10, {softmax: {from: input}}]',
    ),
    withModel('file: a.keras\npreprocess: unit'),
    withImages(
      'files: [a.png]\nclasses: {cats: a.png, dogs: [b.png]}\ncrop: {x: 0, y: 0, width: 1, height: 1}\ntiles: 4x5',
    ),
    withView(
      'layers: [a, 3, first-conv]\nfilters: [0, 2-5]\nimages: [-1, cat.png, 0-3]\nrange: [0, 1]\nnormalize: fixed',
    ),
    withView('layer: 3\nfilters: {random: 3}\nimages: class:a'),
    withImages('generated: patterns\nclasses: [wheel]\ncount: 7\nsize: [9, 8]\nseed: 1\nfolder: a'),
    withImages('generated: digits\nclasses: [7, "8"]\nsize: 32'),
    withImages('generated: cat\nclasses: {cats: a.png}'),
  ])('takes what the parser takes (%#)', (yaml) => {
    isValid(yaml);
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each([
    'title: A\n',
    withModel('zoo: vgg16\nfile: a.keras'),
    withModel('input: [8, 8]\nlayers: [conv2d]'),
    withModel('input: [8, 8]\nlayers: [conv2d: {filter: 3, kernel: 3}]'),
    withModel('zoo: vgg16\ninput: 256'),
    withImages('folder: a\ngenerated: x'),
    withView('filters: 3'),
    withView('layer: a\nlayers: [a]'),
    withView('layer: a\ncolourmap: grey'),
    withView('layer: a\nlevels: 1'),
    'title: A\nmodel: {zoo: vgg16}\nviews: [{technique: nothing}]\n',
    'title: A\nmodel: {zoo: vgg16}\nviews: [{technique: kernels, id: A B}]\n',
  ])('refuses what the parser refuses (%#)', (yaml) => {
    expect(isValid(yaml)).toBe(false);
  });

  it('explains every key to editors', () => {
    const silent: string[] = [];
    const walk = (schema: unknown, path: string) => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties } = schema as { properties?: Record<string, { description?: string }> };
      for (const [key, value] of Object.entries(properties ?? {})) {
        if (!value.description) silent.push(`${path}/${key}`);
      }
      for (const [key, value] of Object.entries(schema)) walk(value, `${path}/${key}`);
    };
    const { model, images, title, seed, optional } = schemas['experiment.schema.json']![
      'properties'
    ] as Record<string, unknown>;
    walk({ properties: { model, images, title, seed, optional } }, '');
    expect(silent).toEqual([]);
  });
});

describe('the JSON Schema of reports', () => {
  const schema = reportJsonSchema(realTechniques.builtIn);
  const check = compile(schema);

  it('is one that validators understand', () => {
    expect(check({ schemaVersion: 2 })).toBe(false);
    expect(check.errors?.map(({ message }) => message)).toContain(
      "should have required property 'experiment'",
    );
  });

  it('knows the facts of each technique', () => {
    const facts = { objective: 'channel', method: 'fourier', activation: 3, steps: 9, seed: 1, curve: [] };
    const panel = { label: '', kind: 'image', src: 'x', width: 1, height: 1, range: [0, 1], facts };
    const view = {
      ...{ id: 'v', title: '', grid: { rows: 1, columns: 1 }, settings: {}, panelCount: 1, panels: [panel] },
      picture: { src: 'x', width: 1, height: 1 },
    };
    const { views } = schema['properties'] as {
      readonly views: { readonly items: JsonSchema };
    };
    const checkView = compile(views.items);
    const problems = (technique: string): string[] => {
      checkView({ ...view, technique });
      return (checkView.errors ?? []).map(({ message }) => String(message));
    };
    expect(problems('activation-maximization')).toEqual([]);
    expect(problems('top-patches')).toContain("should have required property 'patches'");
    expect(problems('somebody-elses')).toEqual([]);
  });
});

it.each(Object.entries(jsonSchemas(realTechniques.builtIn)))(
  'docs/%s is up to date: npm run docs:schema',
  (name, made) => {
    const published = readFileSync(join(packageRoot, 'docs', name), 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(made)));
  },
);
