import { z } from 'zod/v4';
import { displaySettings, filterSelector, imageSelectors, layerSelectors } from '../schema/selectors.ts';
import type { LayerInfo } from '../model/network.ts';
import { isSpatial, mapShape, measure, readChannels } from './maps.ts';
import type { ComputedPanel, Technique, JobSpec } from './technique.ts';

const settings = z.strictObject({
  ...displaySettings,
  layers: layerSelectors
    .prefault('all')
    .meta({ description: 'The layers to show, in this order; by default all with a spatial output' }),
  images: imageSelectors.prefault(0),
  filters: filterSelector.optional().meta({
    description: 'Three filters for red, green and blue, or one: the first ones by default',
  }),
  composite: z.enum(['rgb', 'single']).default('rgb').meta({
    description: 'Three filters as red, green and blue, or one filter as a map',
  }),
  input: z.boolean().default(true).meta({ description: 'Show the input image first' }),
  normalize: z.enum(['panel', 'layer', 'fixed', 'channel']).default('panel').meta({
    description: 'One scale per panel, per layer, for all panels by `range`, or per channel of a composite',
  }),
  tile: z.int().min(8).max(2048).default(640).meta({
    description: 'Longest side in pixels of a stored panel; larger ones are averaged down',
  }),
});

interface Payload extends Record<string, unknown> {
  /** Three channels, or one; none: the input image. */
  readonly filters: readonly number[];
  readonly values: boolean;
}

/** An image after each step of the network: three filters as one RGB image, or one filter. */
export const stages: Technique<typeof settings> = {
  name: 'stages',
  version: 1,
  description: 'An image after each layer of the network.',
  settings,
  defaultId: () => 'stages',
  defaultTitle: () => 'The image after each layer',

  plan(view, context) {
    const { layers, images, filters, composite, input, values, tile, label, ...display } = view.settings;
    const steps = context.resolveLayers(layers, 'layers', {
      accepts: isSpatial,
      problem: ({ name, outputShape }) =>
        `Layer \`${name}\` has no feature maps: its output is ${outputShape.join(' x ')}.`,
    });
    const chosen = context.resolveImages(images, 'images');
    const pick = (layer: LayerInfo): readonly number[] => {
      const depth = mapShape(layer)[2];
      const needed = composite === 'rgb' && depth >= 3 ? 3 : 1;
      if (!filters) return Array.from({ length: needed }, (_, filter) => filter);
      const found = context.resolveFilters(filters, layer, 'filters');
      const enough = depth < 3 ? found.length > 0 : found.length === needed || filters.kind !== 'indices';
      if (enough && found.length >= needed) return found.slice(0, needed);
      if (found.length > 0) {
        context.problem('filters', {
          what: `${composite === 'rgb' ? 'An RGB composite' : 'One map'} of layer \`${layer.name}\` needs ${needed === 3 ? 'three filters' : 'one filter'}, not ${found.length}.`,
          hint: 'Name three for `composite: rgb`, as in `filters: [0, 1, 2]`, or one for `composite: single`.',
        });
      }
      return [];
    };

    const base = { panels: 1, maxSide: tile };
    const picked = steps.map((layer) => ({ layer, filters: pick(layer) }));
    const jobs = chosen.flatMap((image): JobSpec[] => {
      const group = `image ${image.index}`;
      const own = { ...base, group, images: [image.index] };
      const shown = picked.map(({ layer, filters }) => ({
        ...own,
        label: `${layer.name} · ${image.file}`,
        layers: [layer.index],
        payload: { filters, values } satisfies Payload,
      }));
      const original = {
        ...own,
        label: image.file,
        layers: [],
        payload: { filters: [], values } satisfies Payload,
      };
      return input ? [original, ...shown] : shown;
    });
    const template = label ?? '{layer}: {width} × {height}';
    return {
      jobs,
      display: { ...display, label: template },
      resolved: { label: template, filters: view.written['filters'] ?? (composite === 'rgb' ? '0-2' : 0) },
    };
  },

  async *compute(jobs, { model, pixels, signal }) {
    const image = jobs[0]!.images[0]!;
    const original = await pixels(image);
    const layers = [...new Set(jobs.flatMap((job) => job.layers))].sort((a, b) => a - b);
    const input = model.input(original);
    const outputs = model.forward(input, layers);
    input.dispose();
    try {
      for (const [index, job] of jobs.entries()) {
        if (signal.aborted) return;
        if (job.layers.length === 0) {
          const { height, width, channels, data } = original;
          const panel = {
            kind: 'image',
            image: 0,
            height,
            width,
            channels,
            data: Float32Array.from(data),
          } as const;
          yield { job: index, panels: [{ ...panel, range: measure(panel.data).range }] };
          continue;
        }
        const layer = model.layers[job.layers[0]!]!;
        const { filters, values } = job.payload as Payload;
        const [height, width] = mapShape(layer);
        const data = await readChannels(outputs[layers.indexOf(layer.index)]!, layer, filters);
        const channels = filters.length === 3 ? 3 : 1;
        const { range, flags } = measure(data);
        const panel: ComputedPanel = {
          kind: channels === 3 ? 'composite' : 'map',
          ...{ image: 0, height, width, channels, data, range },
          ...(channels === 1 ? { filter: filters[0]! } : {}),
          ...(flags ? { flags } : {}),
        };
        const shape = [height, width, filters.length];
        yield {
          job: index,
          panels: [panel],
          ...(values ? { values: [{ filters, shape, data }] } : {}),
        };
      }
    } finally {
      for (const output of outputs) output.dispose();
    }
  },
};
