import { z } from 'zod/v4';
import type { LayerInfo } from '../model/network.ts';
import {
  displaySettings,
  imageSelectors,
  labelWith,
  layerSelectors,
  overlayDefaults,
  overlaySettings,
} from '../schema/selectors.ts';
import { pairOf } from '../schema/pieces.ts';
import { METHODS, NEEDS_LAYER, SIGNED } from './attribution/attribution-types.ts';
import type { Method, MethodSettings } from './attribution/attribution-types.ts';
import { attributionFacts } from './attribution/view-facts.ts';
import { hasLayerMaps, leadingTo, spatialLayers } from './attribution/layers.ts';
import type { AttributionPayload, Target } from './attribution/payload.ts';
import { planTargets } from './attribution/plan-targets.ts';
import type { PlannedTargets } from './attribution/plan-targets.ts';
import { targetSetting } from './attribution/target-setting.ts';
import { classMapping } from './expected-classes.ts';
import type { JobSpec, PlanningContext, Technique } from './technique.ts';

/** Methods that look at many inputs, and passes for each of them, where that is not forward and back. */
const SAMPLED: readonly Method[] = ['integrated-gradients', 'smoothgrad', 'rise'];
const PASSES: Partial<Record<Method, number>> = { rise: 1, 'score-cam': 64 };

const settings = z.strictObject({
  ...displaySettings,
  ...overlaySettings,
  method: z.enum(METHODS).default('grad-cam').meta({
    description:
      'How importance is computed: from the maps of a layer, from gradients at the input, or by covering parts of it',
  }),
  label: labelWith('target').optional(),
  target: targetSetting.prefault('predicted'),
  classes: classMapping.optional(),
  layers: layerSelectors.optional().meta({
    description:
      'A map for each of these layers; only for methods that look at layers. By default the last one with feature maps',
  }),
  images: imageSelectors.prefault(0),
  samples: z.int().min(1).max(100_000).optional().meta({
    description:
      'integrated-gradients: points of the path, 50 if left out; smoothgrad: noisy images, 25; rise: masks, 1000',
  }),
  noise: z.number().min(0).max(2).optional().meta({
    description:
      "smoothgrad: standard deviation of the noise as a fraction of the input's range; 0.15 if left out",
  }),
  window: pairOf(
    2048,
    'occlusion: pixels that are covered, or [height, width]; if left out a third of the input, without `coarse_to_fine` a quarter',
  ).optional(),
  stride: pairOf(
    2048,
    'occlusion: pixels from window to window, or [down, across]; half a window if left out',
  ).optional(),
  coarse_to_fine: z.boolean().optional().meta({
    description:
      'occlusion: cover windows of half the size, too, where the first ones change the score most; if left out true where `window` and `stride` are',
  }),
  cells: z.int().min(1).max(64).optional().meta({
    description: 'rise: cells of a mask along each side; 8 if left out',
  }),
  kept: z.number().min(0.01).max(0.99).optional().meta({
    description: 'rise: probability that a cell of a mask is kept; 0.5 if left out',
  }),
  controls: z.boolean().default(true).meta({
    description:
      'Compare each map with those of randomized weights, another class and a uniform image, and measure deletion and insertion',
  }),
  overlay: z.enum(['none', 'image']).default('image').meta({
    description: 'image: lay each map over its image, every value at the middle of its receptive field',
  }),
  opacity: overlaySettings.opacity.unwrap().optional().meta({
    description: 'Of the map on its image, from 0 to 1; 0.8 if left out; only with `overlay: image`',
  }),
  fade: z.boolean().optional().meta({
    description: 'Values near zero let the image show through; true if left out; only with `overlay: image`',
  }),
  colormap: displaySettings.colormap.removeDefault().optional(),
});

type Settings = z.output<typeof settings>;

/** Settings that only some methods have, and what they are where they are left out. */
const OWN: Readonly<
  Record<'samples' | 'noise' | 'window' | 'stride' | 'coarse_to_fine' | 'cells' | 'kept', readonly Method[]>
> = {
  samples: ['integrated-gradients', 'smoothgrad', 'rise'],
  noise: ['smoothgrad'],
  window: ['occlusion'],
  stride: ['occlusion'],
  coarse_to_fine: ['occlusion'],
  cells: ['rise'],
  kept: ['rise'],
};
const SAMPLES: Partial<Record<Method, number>> = { 'integrated-gradients': 50, smoothgrad: 25, rise: 1000 };

/** Single pixels of gradients stand out far above all others. */
const SATURATED = 0.01;

/** Of maps on their images, unless a view says otherwise. */
const OPACITY = 0.8;

/** How much each place of an image matters for a score. */
export const attribution: Technique<typeof settings> = {
  name: 'attribution',
  version: 8,
  description:
    'How much each place of an image matters for a score, with controls that tell an explanation from a picture.',
  facts: attributionFacts,
  settings,
  defaultId: ({ method }) => `attribution-${String(method ?? 'grad-cam').replaceAll('+', '-plus')}`,
  defaultTitle: ({ method }) => `Attribution by ${String(method ?? 'grad-cam')}`,

  plan(view, context) {
    const settings = view.settings;
    const { method } = settings;
    checkMethod(settings, context);
    const images = context.resolveImages(settings.images, 'images');
    const targets = planTargets(settings, images, context);
    const layers = targets ? layersOf(settings, targets, context) : [];
    const numbers = numbersOf(settings, context);
    const isSigned = SIGNED.includes(method);
    const display = {
      ...settings,
      colormap: settings.colormap ?? (isSigned ? 'diverging' : 'inferno'),
      symmetric: isSigned,
      ...(hasLayerMaps(method) ? {} : { saturate: SATURATED }),
      opacity: settings.opacity ?? (settings.overlay === 'image' ? OPACITY : undefined),
      fade: settings.fade ?? (settings.overlay === 'image' ? true : undefined),
      label: settings.label ?? defaultLabel(layers, images.length, settings.target.length),
    };
    const [height, width] = context.inputShape;
    const inputLayer = context.layers.find(({ kind }) => kind === 'input')!.index;
    const jobs = targets
      ? images.flatMap((image) => {
          const own = targets.of(image);
          return layers.map((layer, position): JobSpec => {
            const payload: AttributionPayload = {
              ...{ method, settings: numbers, targets: own },
              ...{ head: targets.head?.layer ?? -1, activation: targets.head?.activation ?? null },
              layer: layer?.index ?? null,
              controls: settings.controls,
              curves: settings.controls && position === layers.length - 1,
              values: settings.values,
            };
            const shown = layer && hasLayerMaps(method) ? layer.index : inputLayer;
            return {
              label: `${layer ? `${layer.name} · ` : ''}${image.file}`,
              group: JSON.stringify([method, numbers, settings.controls]),
              layers: [
                ...new Set([shown, ...(layer ? [layer.index] : []), ...scoreLayers(own, payload.head)]),
              ],
              images: [image.index],
              payload,
              panels: own.length,
              maxSide: Math.max(height, width),
            };
          });
        })
      : [];
    return {
      jobs,
      display,
      resolved: {
        ...{ label: display.label, colormap: display.colormap },
        ...overlayDefaults(display),
        ...ownNumbers(method, numbers),
        ...(layers[0] && !settings.layers ? { layers: layers.map((layer) => layer!.name) } : {}),
      },
    };
  },

  passes: ({ payload }) => {
    const { method, settings, targets, controls } = payload as AttributionPayload;
    const perTarget =
      method === 'occlusion' ? 36 : (PASSES[method] ?? 3) * (SAMPLED.includes(method) ? settings.samples : 1);
    // Controls repeat the method on networks with shuffled weights.
    return targets.length * perTarget * (controls ? 8 : 1);
  },

  async *compute(jobs, context) {
    // Loaded here: planning needs no TensorFlow.js.
    const { attribute } = await import('./attribution/compute.ts');
    yield* attribute(jobs, context);
  },
};

const scoreLayers = (targets: readonly Target[], head: number): number[] =>
  targets.map((target) => (target.kind === 'unit' ? target.layer : head));

function checkMethod(settings: Settings, context: PlanningContext): void {
  const { method } = settings;
  for (const [key, methods] of Object.entries(OWN)) {
    if (settings[key as keyof typeof OWN] === undefined || methods.includes(method)) continue;
    context.problem(key, {
      what: `\`${key}\` does not apply to \`method: ${method}\`.`,
      choices: methods.map((name) => `method: ${name}`),
    });
  }
  if (settings.layers && !NEEDS_LAYER.includes(method)) {
    context.problem('layers', {
      what: `\`layers\` does not apply to \`method: ${method}\`: its maps are of the input.`,
      choices: NEEDS_LAYER.map((name) => `method: ${name}`),
    });
  }
}

/** The layers to look at; [undefined] for a method of the input. */
function layersOf(
  settings: Settings,
  targets: PlannedTargets,
  context: PlanningContext,
): readonly (LayerInfo | undefined)[] {
  const { method, layers } = settings;
  if (!NEEDS_LAYER.includes(method)) return [undefined];
  const leading = leadingTo(targets.layers, context.layers);
  if (!layers) {
    const last = spatialLayers(leading).at(-1);
    if (last) return [last];
    context.problem('method', {
      what: `\`method: ${method}\` needs a layer with feature maps that the score is made from, and there is none.`,
      hint: 'Choose a method that looks at the input only.',
      choices: METHODS.filter((name) => !NEEDS_LAYER.includes(name)).map((name) => `method: ${name}`),
    });
    return [];
  }
  const found = context.resolveLayers(layers, 'layers', {
    accepts: (layer) => spatialLayers(leading).includes(layer),
    problem: ({ name, kind, outputShape }) =>
      kind === 'input'
        ? `\`${name}\` is the input layer and has no filters.`
        : outputShape.length === 3
          ? `Layer \`${name}\` (${outputShape.join(' x ')}) does not lead to the score, or has only one place.`
          : `Layer \`${name}\` has no feature maps: its output is ${outputShape.join(' x ')}.`,
  });
  if (hasLayerMaps(method) || found.length <= 1) return found;
  context.problem('layers', {
    what: `\`method: ${method}\` looks at one layer, not ${found.length}.`,
    hint: 'Name one layer, or leave `layers` out for the last one.',
  });
  return [];
}

function numbersOf(settings: Settings, context: PlanningContext): MethodSettings {
  const [height, width] = context.inputShape;
  const coarseToFine = settings.coarse_to_fine ?? !(settings.window ?? settings.stride);
  const share = coarseToFine ? 3 : 4;
  const window = settings.window ?? [Math.ceil(height / share), Math.ceil(width / share)];
  const stride = settings.stride ?? [Math.max(1, window[0] >> 1), Math.max(1, window[1] >> 1)];
  if (settings.method === 'occlusion' && (window[0] > height || window[1] > width)) {
    context.problem('window', {
      what: `A window of ${window.join('x')} pixels is larger than the input, which has ${height}x${width}.`,
    });
  }
  return {
    samples: settings.samples ?? SAMPLES[settings.method] ?? 1,
    noise: settings.noise ?? 0.15,
    ...{ window: [window[0], window[1]], stride: [stride[0], stride[1]], coarseToFine },
    ...{ cells: settings.cells ?? 8, kept: settings.kept ?? 0.5, seed: context.seed },
  };
}

function ownNumbers(method: Method, { coarseToFine, ...numbers }: MethodSettings): Record<string, unknown> {
  const named = { ...numbers, coarse_to_fine: coarseToFine };
  return Object.fromEntries(
    Object.entries(OWN).flatMap(([key, methods]) =>
      methods.includes(method) ? [[key, named[key as keyof typeof OWN]]] : [],
    ),
  );
}

function defaultLabel(layers: readonly unknown[], images: number, targets: number): string {
  const parts = [
    ...(layers.length > 1 ? ['{layer}'] : []),
    ...(images > 1 ? ['{name}'] : []),
    ...(targets > 1 || layers.length <= 1 ? ['{target}'] : []),
  ];
  return parts.join(' · ');
}
