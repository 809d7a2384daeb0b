import type { LayerInfo } from '../model/network.ts';
import type { ActivationFunction } from '../model/layers/activation-functions.ts';
import { collectFacts, at } from './arithmetic/collect.ts';
import { drawPosition } from './arithmetic/draw.ts';
import { arithmeticFacts } from './arithmetic/facts.ts';
import type { ArithmeticFacts, Rectangle } from './arithmetic/facts.ts';
import { patchAt, placesIn, windowOf } from './arithmetic/geometry.ts';
import { layerValues } from './arithmetic/layer-values.ts';
import type { LayerValues } from './arithmetic/layer-values.ts';
import { planPositions } from './arithmetic/plan-positions.ts';
import type { PlannedPosition } from './arithmetic/plan-positions.ts';
import { withPlots } from './arithmetic/plots.ts';
import { MOST_PANELS, settings } from './arithmetic/settings.ts';
import { mapShape, measure } from './maps.ts';
import type { ComputeContext, ComputedPanel, JobSpec, PlanningContext, Technique } from './technique.ts';

/** Widest row of frames that WebP can hold. */
const STRIP = 16_383;
const WIDEST_FRAME = 900;

interface Payload extends Record<string, unknown> {
  readonly filter: number;
  readonly positions: readonly PlannedPosition[];
  readonly most: number;
  readonly functions: readonly string[];
}

/** How single values of a layer come about. */
export const arithmetic: Technique<typeof settings> = {
  name: 'arithmetic',
  version: 1,
  description: 'How single values of a layer come about: operands, products, sum, activation, pooling.',
  facts: arithmeticFacts,
  settings,
  defaultId: ({ layers }) => `arithmetic-${[layers].flat().slice(0, 3).join('-')}`,
  defaultTitle: ({ layers }) => `Arithmetic of ${[layers].flat().join(', ')}`,

  plan(view, context) {
    const settings = view.settings;
    const images = context.resolveImages(settings.images, 'images');
    const layers = context.resolveLayers(settings.layers, 'layers', {
      accepts: (layer) => context.formula(layer) !== undefined && hasOneMap(layer),
      problem: ({ name, type }) =>
        `The arithmetic of layer \`${name}\` (${type}) cannot be written out: only that of convolutions, pooling, dense layers and activation functions can.`,
    });
    const planned = layers.flatMap((layer) => {
      const positions = planPositions(layer, settings, context);
      const filters = context.resolveFilters(settings.filters, layer, 'filters');
      const kind = context.formula(layer)!.formula.kind;
      const most = settings.channels ?? (kind === 'dense' ? 10 : 3);
      return filters.map((filter) => ({ layer, filter, positions, most }));
    });
    const panels = images.length * planned.reduce((sum, { positions }) => sum + positions.length, 0);
    if (panels > MOST_PANELS) tooMany(panels, context);
    const jobs = images.flatMap((image) =>
      planned.map(({ layer, filter, positions, most }): JobSpec => ({
        label: `${layer.name} · filter ${filter} · ${image.file}`,
        group: `image ${image.index}`,
        layers: [layer.index],
        images: [image.index],
        payload: { filter, positions, most, functions: settings.functions } satisfies Payload,
        panels: positions.length,
        maxSide: 4096,
      })),
    );
    const label = settings.label ?? '{layer}, filter {filter}';
    return {
      jobs,
      display: {
        ...{ style: 'heatmap', levels: 7, colormap: 'grey', normalize: 'panel', label },
        grid: settings.grid ?? { rows: Math.max(1, panels), columns: 1 },
      },
      resolved: {
        label,
        ...(settings.positions || layers.some(({ outputShape }) => outputShape.length === 1)
          ? {}
          : { positions: ['strongest'] }),
      },
    };
  },

  async *compute(jobs, context) {
    const layers = [...new Set(jobs.map((job) => job.layers[0]!))];
    const all = await layerValues(layers, jobs[0]!.images[0]!, context);
    for (const [index, job] of jobs.entries()) {
      if (context.signal.aborted) return;
      const values = all[layers.indexOf(job.layers[0]!)]!;
      const panels: ComputedPanel[] = [];
      for (const position of (job.payload as Payload).positions) {
        panels.push(await panelOf(values, job.payload as Payload, position, context));
      }
      yield { job: index, panels };
    }
  },
};

/** A dense layer on maps, or a function of anything but maps and vectors, has no one number at a position. */
const hasOneMap = (layer: LayerInfo): boolean => mapShape(layer)[2] > 0;

function tooMany(panels: number, context: PlanningContext): void {
  context.problem('positions', {
    what: `The view has ${panels} panels. The limit is ${MOST_PANELS}.`,
    why: 'Each number of a panel is written into report.json.',
    hint: 'Name fewer positions, filters, layers or images, or use several views.',
  });
}

async function panelOf(
  values: LayerValues,
  { filter, most, functions }: Payload,
  position: PlannedPosition,
  { tf, draw }: ComputeContext,
): Promise<ComputedPanel> {
  const window = windowOf(values.formula);
  const walk: Rectangle | undefined = position.kind === 'walk' ? position.places : undefined;
  const places = walk
    ? placesIn(walk)
    : [position.kind === 'at' ? position.place : strongest(values, filter)];
  const patch = position.kind === 'walk' ? position.patch : window && patchAt(window, places[0]!);
  const plain = collectFacts(values, { filter, places, patch, walk, most });
  const others = functions.map((name) => ({ name, parameters: {} }) as ActivationFunction);
  const facts: ArithmeticFacts = await withPlots(plain, values, filter, others, tf);
  const width = Math.min(WIDEST_FRAME, Math.floor(STRIP / places.length));
  const drawn = [];
  for (const step of walk ? places.keys() : []) {
    drawn.push({ step, ...(await draw(drawPosition(facts, step, width))) });
  }
  const last = await draw({ ...drawPosition(facts, places.length - 1, WIDEST_FRAME), scale: 1.5 });
  const { height } = last;
  const data = Float32Array.from(last.data);
  const outputs = Float32Array.from(facts.places, ({ output }) => output ?? NaN);
  const { flags = [] } = measure(outputs);
  return {
    ...{ kind: 'image', filter, image: 0, height, width: last.width, channels: 3, data },
    ...{ range: measure(data).range, compression: 'lossless', facts },
    ...(flags.includes('nan') ? { flags: ['nan'] } : {}),
    ...(walk ? { files: { frames: { kind: 'frames', frames: drawn, lossless: true, frameTime: 700 } } } : {}),
  };
}

/** Position of the filter's greatest value; of equal ones the first, row by row. */
function strongest({ output }: LayerValues, filter: number): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  let greatest = -Infinity;
  for (let row = 0; row < output.height; row++) {
    for (let column = 0; column < output.width; column++) {
      const value = at(output, row, column, filter);
      if (value > greatest) [greatest, best] = [value, [row, column]];
    }
  }
  return best;
}
