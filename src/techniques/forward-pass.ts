import { z } from 'zod/v4';
import type { LayerInfo } from '../model/network.ts';
import { gridSetting, imageSelectors, labelTemplate, layerSelectors } from '../schema/selectors.ts';
import { exact } from './arithmetic/exact.ts';
import { windowOf } from './arithmetic/geometry.ts';
import { drawPass } from './forward-pass/draw.ts';
import type { StageValues } from './forward-pass/draw.ts';
import { forwardPassFacts } from './forward-pass/facts.ts';
import type { ForwardPassFacts, Stage } from './forward-pass/facts.ts';
import { hasFilters, mapShape, measure } from './maps.ts';
import type { JobSpec, Technique } from './technique.ts';

const MOST_LAYERS = 32;
const MOST_IMAGES = 12;
const MOST_MAPS = 32;
const MOST_UNITS = 1024;
/** Units whose values are written out. */
const WRITTEN_UNITS = 32;

const settings = z.strictObject({
  layers: layerSelectors
    .prefault('all')
    .meta({ description: 'The layers to draw, in the order of the network' }),
  images: imageSelectors.prefault(0),
  maps: z.int().min(1).max(MOST_MAPS).default(16).meta({
    description: 'Feature maps of a layer that are drawn, the first ones',
  }),
  grid: gridSetting.optional(),
  label: labelTemplate.optional(),
});

interface Payload extends Record<string, unknown> {
  /** In the order of the network. */
  readonly stages: readonly Omit<Stage, 'at' | 'range' | 'values'>[];
  readonly indices: readonly number[];
}

/** The whole network with an image on its way through it. */
export const forwardPass: Technique<typeof settings> = {
  name: 'forward-pass',
  version: 1,
  description: 'A network drawn whole: an image on its way from layer to layer, to the output.',
  facts: forwardPassFacts,
  settings,
  defaultId: () => 'forward-pass',
  defaultTitle: () => 'An image through the network',

  plan(view, context) {
    const { layers, images, maps, grid, label } = view.settings;
    const chosen = context.resolveImages(images, 'images');
    const shown = [
      ...context.resolveLayers(layers, 'layers', {
        accepts: (layer) => hasFilters(layer) && isDrawn(layer),
        problem: ({ name, outputShape }) =>
          `Layer \`${name}\` cannot be drawn: its output is ${outputShape.join(' x ')}. Maps can, and vectors of at most ${MOST_UNITS.toLocaleString('en')} units.`,
      }),
    ].sort((a, b) => a.index - b.index);
    if (shown.length > MOST_LAYERS) {
      context.problem('layers', {
        what: `The view has ${shown.length} layers. The limit is ${MOST_LAYERS}.`,
        hint: 'Name some of them.',
      });
    }
    if (chosen.length > MOST_IMAGES) {
      context.problem('images', {
        what: `The view has ${chosen.length} images. The limit is ${MOST_IMAGES}.`,
        why: 'Each is drawn in every layer.',
      });
    }
    const stages = shown.map((layer): Payload['stages'][number] => {
      const depth = mapShape(layer)[2];
      const found = context.formula(layer);
      const window = found && windowOf(found);
      const activation = found && 'activation' in found.formula ? found.formula.activation.name : 'linear';
      const isLast = layer.index === context.layers.length - 1;
      return {
        ...{ layer: layer.name, kind: layer.kind, shape: [...layer.outputShape] },
        ...(found ? { operation: found.formula.kind } : {}),
        ...(window
          ? { window: [window.size[0], window.size[1]], stride: [window.stride[0], window.stride[1]] }
          : {}),
        ...(activation === 'linear' ? {} : { activation }),
        ...(layer.outputShape.length === 3
          ? { filters: Array.from({ length: Math.min(maps, depth) }, (_, filter) => filter) }
          : {}),
        ...(isLast && context.classes?.length === depth && depth <= WRITTEN_UNITS
          ? { classes: [...context.classes] }
          : {}),
      };
    });
    const indices = shown.map(({ index }) => index);
    const template = label ?? '{name}';
    const jobs =
      indices.length === 0
        ? []
        : chosen.map((image): JobSpec => ({
            label: `${image.file} through ${indices.length} layers`,
            group: `image ${image.index}`,
            // The panel is of the last one, to which all others lead.
            layers: [indices.at(-1)!, ...indices.slice(0, -1)],
            images: [image.index],
            payload: { stages, indices } satisfies Payload,
            panels: 1,
            maxSide: 8192,
          }));
    return {
      jobs,
      display: {
        ...{ style: 'heatmap', levels: 7, colormap: 'grey', normalize: 'panel', label: template },
        grid: grid ?? { rows: Math.max(1, chosen.length), columns: 1 },
      },
      resolved: { label: template },
    };
  },

  async *compute(jobs, { model, pixels, draw, signal }) {
    for (const [index, job] of jobs.entries()) {
      if (signal.aborted) return;
      const { stages, indices } = job.payload as Payload;
      const image = await pixels(job.images[0]!);
      const input = model.input(image);
      const outputs = model.forward(input, indices);
      input.dispose();
      const values: StageValues[] = [];
      for (const [at, output] of outputs.entries()) {
        const [height, width, channels] = mapShape(model.layers[indices[at]!]!);
        const data = Float32Array.from((await output.data()) as Float32Array);
        output.dispose();
        const [low, high] = measure(data).range;
        const written =
          channels <= WRITTEN_UNITS && height * width === 1 ? { values: Array.from(data, exact) } : {};
        const range: Stage['range'] = [exact(low), exact(high)];
        values.push({ stage: { ...stages[at]!, range, ...written }, height, width, channels, data });
      }
      const pass = drawPass(image, values);
      const drawn = await draw(pass.drawing);
      const facts: ForwardPassFacts = {
        image: pass.image,
        stages: values.map(({ stage }, at) => ({ ...stage, at: [...pass.at[at]!] })),
      };
      const data = Float32Array.from(drawn.data);
      yield {
        job: index,
        panels: [
          {
            ...{ kind: 'image', image: 0, height: drawn.height, width: drawn.width, channels: 3, data },
            ...{ range: measure(data).range, compression: 'lossless', facts },
          },
        ],
      };
    }
  },
};

const isDrawn = ({ outputShape }: LayerInfo): boolean =>
  outputShape.length === 3 || outputShape[0]! <= MOST_UNITS;
