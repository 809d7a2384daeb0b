import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import type { Experiment } from '../../src/schema/experiment.ts';
import { parseExperiment } from '../../src/schema/parse.ts';
import type { Report, View } from '../../src/schema/report.ts';
import { recipe } from '../../src/site/recipe.ts';
import { activationMaximization } from '../../src/techniques/activation-maximization.ts';
import { techniques } from '../../src/techniques/registry.ts';
import type { JobSpec } from '../../src/techniques/technique.ts';
import { fakePlanning, layer } from '../techniques/fake-planning.ts';

function parse(text: string): Experiment {
  const file = '/experiments/again.yaml';
  const { experiment, problems } = parseExperiment(
    { id: 'again', text, file, shownFile: file },
    techniques.builtIn,
  );
  expect(problems).toEqual([]);
  return experiment!;
}

/** What report.json says of an experiment and its views, as far as recipes look at it. */
function reportOf(text: string): { report: Report; views: View[]; experiment: Experiment } {
  const experiment = parse(text);
  const views = experiment.views.map(({ id, technique, written }) => ({
    ...{ id, technique },
    settings: { ...written, grid: '3x3' },
  }));
  return {
    report: { experiment: { source: text } } as unknown as Report,
    views: views as unknown as View[],
    experiment,
  };
}

const SOURCE = `# A cat
title: "One: cat"
model: {zoo: lenet, weights: random}   # no weights needed
images:
  folder: &here ../photos
seed: 12
views:
  - technique: feature-maps
    layers: [conv1, "2"]
    filters: {first: 4}
    images: [0, a.png]
    normalize: fixed
    range: [-1, 2.5]
    colormap: magma
  - technique: kernels
`;

describe('the recipe of one panel', () => {
  const { report, views, experiment } = reportOf(SOURCE);

  it('is an experiment of one view that asks for this layer and filter, and keeps everything else', () => {
    const again = parse(recipe(report, views[0]!, { layer: 'conv2', filter: 3 }));
    const { model, images, seed, title } = experiment;
    expect(again).toMatchObject({ model, images, seed, title });
    expect(again.views).toHaveLength(1);
    const { settings, technique } = again.views[0]!;
    expect(technique).toBe('feature-maps');
    const { grid: _, ...before } = experiment.views[0]!.settings as Record<string, unknown>;
    expect(settings).toEqual({
      ...before,
      layers: [{ kind: 'name', name: 'conv2' }],
      filters: { kind: 'indices', indices: [3] },
    });
  });

  it('has each filter and layer it is asked for, in any order', () => {
    const { report, views } = reportOf(SOURCE);
    const asked = [12, 3, 4294967295, 3].flatMap((filter) =>
      ['conv1', 'conv2'].map(
        (layer) => [recipe(report, views[0]!, { layer, filter }), layer, filter] as const,
      ),
    );
    for (const [text, layer, filter] of asked) {
      expect(text).toBe(recipe(report, { ...views[0]! }, { layer, filter }));
      expect(text).toContain(`filters: ${filter}`);
      expect(text).toContain(`layer: ${layer}`);
    }
  });

  it('leaves out what pages call images', () => {
    const named = reportOf(
      'title: T\nmodel: {zoo: lenet}\nimages:\n  folder: p\n  names: {a.png: A}\nviews: [{technique: kernels}]',
    );
    const text = recipe(named.report, named.views[0]!, { layer: 'conv1', filter: 2 });
    expect(text).toContain('folder: p');
    expect(text).not.toContain('names');
  });

  it('leaves out comments, and what only arranges the figure', () => {
    const text = recipe(report, views[0]!, { layer: 'conv2', filter: 3 });
    expect(text).not.toContain('#');
    expect(text).not.toMatch(/grid|label/);
  });

  it.each(['7', 'null', 'a: b', 'first-conv ', '#1', 'ünï "quoted"', '- x'])(
    'quotes a layer called %j',
    (name) => {
      const again = parse(recipe(report, views[0]!, { layer: name, filter: 0 }));
      expect(again.views[0]!.settings).toMatchObject({ layers: [{ kind: 'name', name }] });
    },
  );

  it('reads a file that is written in one line', () => {
    const flow = reportOf(
      '{title: T, model: {zoo: lenet}, images: {folder: p}, views: [{technique: kernels}]}',
    );
    const again = parse(recipe(flow.report, flow.views[0]!, { layer: 'conv1', filter: 2 }));
    expect(again.views[0]!.technique).toBe('kernels');
  });

  it.each(['fourier', 'pixels', 'dense'])('makes a dream by method %s from the same settings', (method) => {
    const layers = [layer(0, 'input', 'InputLayer', [64, 64, 3]), layer(1, 'conv', 'Conv2D', [64, 64, 8])];
    const plan = (text: string): { jobs: readonly JobSpec[]; settings: Record<string, unknown> } => {
      const planning = fakePlanning(layers, 2);
      const [view] = parse(text).views;
      const { jobs, resolved } = activationMaximization.plan(view as never, planning);
      expect(planning.problems).toEqual([]);
      return { jobs, settings: { ...view!.written, ...resolved } };
    };
    const source = `title: T\nmodel: {zoo: lenet}\nviews:\n  - {technique: activation-maximization, layer: conv, filters: 0-3, method: ${method}}\n`;
    const before = plan(source);
    const view = { technique: 'activation-maximization', settings: before.settings } as unknown as View;
    const again = plan(
      recipe({ experiment: { source } } as unknown as Report, view, { layer: 'conv', filter: 2 }),
    );
    const ofFilter = ({ payload }: JobSpec): unknown => payload;
    expect(again.jobs.map(ofFilter)).toEqual([before.jobs.map(ofFilter)[2]]);
  });

  const folder = join(packageRoot, 'experiments');
  it.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))(
    'parses for every view of %s',
    (name) => {
      const shipped = reportOf(readFileSync(join(folder, name), 'utf8'));
      for (const view of shipped.views) {
        const { shape } = techniques.get(view.technique)!.settings;
        const again = parse(
          recipe(shipped.report, view, { layer: 'some_layer', ...('filters' in shape && { filter: 1 }) }),
        );
        const { settings } = again.views[0]!;
        if ('layers' in view.settings || 'layer' in view.settings)
          expect(settings).toMatchObject({ layers: [{ kind: 'name', name: 'some_layer' }] });
        else expect(settings).not.toHaveProperty('layers.0.name');
      }
    },
  );
});
