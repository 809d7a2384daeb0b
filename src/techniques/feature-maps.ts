import { z } from 'zod/v4';
import {
  displaySettings,
  filterSelector,
  imageSelectors,
  layerSelectors,
  overlayDefaults,
  overlaySettings,
} from '../schema/selectors.ts';
import { BORDER, factsOf, isAtBorder, mapFacts } from './feature-maps/facts.ts';
import { channelRanges } from './channel-ranges.ts';
import { hasMaps, mapShape, readChannels } from './maps.ts';
import type { PositionRange } from './reduce-map.ts';
import type { ComputedPanel, Technique, JobSpec } from './technique.ts';
import { innerPositions } from './unit-field.ts';

/** Panels beyond which a view keeps its maps small. */
const MANY_PANELS = 1000;

const settings = z.strictObject({
  layers: layerSelectors,
  filters: filterSelector.prefault({ first: 49 }),
  images: imageSelectors.prefault(0),
  ...displaySettings,
  ...overlaySettings,
  tile: z.int().min(8).max(2048).optional().meta({
    description:
      'Longest side in pixels of a stored map; larger ones are averaged down. Default 256, or 128 in views of more than 1,000 maps',
  }),
});

interface Payload extends Record<string, unknown> {
  readonly filters: readonly number[];
  readonly values: boolean;
}

/** What each filter of a layer answers to an image: the layer's output, one map a channel. */
export const featureMaps: Technique<typeof settings> = {
  name: 'feature-maps',
  version: 2,
  facts: mapFacts,
  description: "A layer's output for an image, one map per filter.",
  settings,
  defaultId: ({ layers }) => `feature-maps-${nameOf(layers)}`,
  defaultTitle: ({ layers }) => `Feature maps of ${titleOf(layers)}`,

  plan(view, context) {
    const { layers, filters, images, values, tile, label, ...display } = view.settings;
    const chosenImages = context.resolveImages(images, 'images');
    const shown = context.resolveLayers(layers, 'layers', {
      accepts: hasMaps,
      problem: ({ name, outputShape }) =>
        `Layer \`${name}\` has no feature maps: its output is ${outputShape.join(' x ')}.`,
    });
    const chosen = shown.map((layer) => ({
      layer,
      filters: context.resolveFilters(filters, layer, 'filters'),
    }));

    const panelCount = chosen.reduce((sum, each) => sum + each.filters.length, 0) * chosenImages.length;
    const maxSide = tile ?? (panelCount > MANY_PANELS ? 128 : 256);
    const jobs = chosenImages.flatMap((image) =>
      chosen.map(({ layer, filters }): JobSpec => ({
        label: `${layer.name} · ${image.file}`,
        group: `image ${image.index}`,
        layers: [layer.index],
        images: [image.index],
        payload: { filters, values } satisfies Payload,
        panels: filters.length,
        maxSide,
      })),
    );
    const template = label ?? defaultLabel(chosen, chosenImages.length);
    return {
      jobs,
      display: { ...display, label: template },
      resolved: { label: template, tile: maxSide, ...overlayDefaults(display) },
    };
  },

  async *compute(jobs, { model, pixels, signal }) {
    const image = jobs[0]!.images[0]!;
    const layers = [...new Set(jobs.map((job) => job.layers[0]!))].sort((a, b) => a - b);
    const input = model.input(await pixels(image));
    const outputs = model.forward(input, layers);
    input.dispose();
    try {
      for (const [index, job] of jobs.entries()) {
        if (signal.aborted) return;
        const layer = model.layers[job.layers[0]!]!;
        const { filters, values } = job.payload as Payload;
        const [height, width] = mapShape(layer);
        const inside = wideInside(innerPositions(layer, model.network.inputShape), height, width);
        const data = await readChannels(outputs[layers.indexOf(layer.index)]!, layer, filters);
        const ranges = channelRanges(data, [height, width, filters.length], inside);
        const panels = filters.map((filter, channel): ComputedPanel => {
          const [low, high] = [ranges.low[channel]!, ranges.high[channel]!];
          const inner = inside && low !== high ? ranges.inner[channel]! : undefined;
          const flags: string[] = [];
          if (ranges.odd[channel] === 1) flags.push('nan');
          else if (low === 0 && high === 0) flags.push('silent');
          if (inner !== undefined && isAtBorder(high, inner)) flags.push(BORDER);
          const range = [low, high] as const;
          const channelOf = { channels: filters.length, channel };
          const map = { kind: 'map', filter, image: 0, height, width, channels: 1, data, range } as const;
          return inner === undefined
            ? { ...map, channelOf, flags }
            : { ...map, channelOf, flags, facts: factsOf(inner) };
        });
        const shape = [height, width, filters.length];
        yield {
          job: index,
          panels,
          ...(values ? { values: [{ filters, shape, data }] } : {}),
        };
      }
    } finally {
      for (const output of outputs) output.dispose();
    }
  },
};

/** Where less than half of a map's rows or columns are inside, the others are no border of it. */
function wideInside(
  inside: PositionRange | undefined,
  height: number,
  width: number,
): PositionRange | undefined {
  if (!inside) return undefined;
  const { top, bottom, left, right } = inside;
  return 2 * (bottom - top) >= height && 2 * (right - left) >= width ? inside : undefined;
}

function defaultLabel(chosen: readonly { filters: readonly number[] }[], images: number): string {
  const parts: string[] = [];
  if (chosen.length > 1) parts.push('{layer}');
  if (chosen.some(({ filters }) => filters.length > 1) || images === 1) parts.push('filter: {filter}');
  if (images > 1) parts.push('image: {image}');
  return parts.join(' · ');
}

const SELECTORS: Readonly<Record<string, string>> = {
  all: 'all layers',
  'all-conv': 'all convolutions',
  'first-conv': 'the first convolution',
  'last-conv': 'the last convolution',
};

function titleOf(layers: unknown): string {
  const names = (Array.isArray(layers) ? layers : [layers]).map((layer: unknown) =>
    typeof layer === 'number' ? `layer ${layer}` : (SELECTORS[String(layer)] ?? String(layer)),
  );
  const last = names.pop()!;
  return names.length > 0 ? `${names.join(', ')} and ${last}` : last;
}

function nameOf(layers: unknown): string {
  const list = Array.isArray(layers) ? layers : [layers];
  return list.slice(0, 3).map(String).join('-') + (list.length > 3 ? '-and-more' : '');
}
