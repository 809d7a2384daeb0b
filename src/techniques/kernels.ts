import { z } from 'zod/v4';
import { displaySettings, filterSelector, layerSelectors } from '../schema/selectors.ts';
import { colourOrder } from './colour-order.ts';
import { measure } from './maps.ts';
import type { ComputedPanel, Technique, JobSpec } from './technique.ts';

const { values: _, ...looks } = displaySettings;

const settings = z.strictObject({
  ...looks,
  layers: layerSelectors.prefault('first-conv'),
  filters: filterSelector.prefault({ first: 64 }),
  composite: z.enum(['rgb', 'single']).optional().meta({
    description:
      'Three input channels as red, green and blue, or one as a map; by default rgb where there are three',
  }),
  channel: z.int().nonnegative().default(0).meta({
    description: 'The input channel that `composite: single` shows',
  }),
  label: displaySettings.label.default('filter: {filter}'),
  colormap: displaySettings.colormap.default('diverging'),
});

interface Payload extends Record<string, unknown> {
  readonly filters: readonly number[];
  readonly composite: 'rgb' | 'single';
  readonly channel: number;
}

/** The weights of a convolution as images, zero in the middle of the scale. */
export const kernels: Technique<typeof settings> = {
  name: 'kernels',
  version: 3,
  description: "A convolution's weights as images.",
  settings,
  defaultId: ({ layers }) => `kernels-${String(layers)}`,
  defaultTitle: ({ layers }) =>
    `Kernels of ${layers === 'first-conv' ? 'the first convolution' : String(layers)}`,

  plan(view, context) {
    const { layers, filters, composite, channel, ...display } = view.settings;
    const kinds = new Set<string>();
    const shown = context.resolveLayers(layers, 'layers', {
      accepts: (layer) => context.kernelDepth(layer) !== undefined,
      problem: ({ name, type }) => `Layer \`${name}\` (${type}) has no kernels.`,
    });
    const jobs = shown.map((layer): JobSpec => {
      const depth = context.kernelDepth(layer)!;
      const kind = composite ?? (depth === 3 ? 'rgb' : 'single');
      kinds.add(kind);
      if (kind === 'rgb' && depth !== 3) {
        context.problem('composite', {
          what: `\`composite: rgb\` needs kernels with three input channels, and those of \`${layer.name}\` have ${depth}.`,
          hint: 'Use `composite: single` with `channel: n`.',
        });
      }
      if (kind === 'single' && channel >= depth) {
        context.problem('channel', {
          what: `The kernels of \`${layer.name}\` have no input channel ${channel}.`,
          why: `They have ${depth} input channels, numbered 0 to ${depth - 1}.`,
        });
      }
      const chosen = context.resolveFilters(filters, layer, 'filters');
      return {
        label: `kernels of ${layer.name}`,
        group: layer.name,
        layers: [layer.index],
        images: [],
        payload: { filters: chosen, composite: kind, channel } satisfies Payload,
        panels: chosen.length,
        maxSide: 256,
      };
    });
    return {
      jobs,
      display: { ...display, symmetric: true },
      resolved: kinds.size === 1 ? { composite: [...kinds][0] } : {},
    };
  },

  async *compute(jobs, { model }) {
    for (const [index, job] of jobs.entries()) {
      const layer = model.layers[job.layers[0]!]!;
      const { filters, composite, channel } = job.payload as Payload;
      const kernel = model.kernel(layer.index);
      if (!kernel) throw new Error(`Layer \`${layer.name}\` has no kernel.`);
      const [height, width, depth, outputs] = kernel.shape;
      const all = (await kernel.data()) as Float32Array;
      const channels = composite === 'rgb' ? 3 : 1;
      const sources =
        composite === 'rgb' ? (colourOrder(model.network, layer.index) ?? [0, 1, 2]) : [channel];
      const panels = filters.map((filter): ComputedPanel => {
        const data = new Float32Array(height * width * channels);
        for (let place = 0; place < height * width; place++) {
          for (let c = 0; c < channels; c++) {
            data[place * channels + c] = all[(place * depth + sources[c]!) * outputs + filter]!;
          }
        }
        const { range, flags } = measure(data);
        return {
          kind: composite === 'rgb' ? 'composite' : 'map',
          ...{ filter, height, width, channels, data, range },
          ...(flags ? { flags } : {}),
        };
      });
      yield { job: index, panels };
    }
  },
};
