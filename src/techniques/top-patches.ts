import { z } from 'zod/v4';
import {
  filterSelector,
  gridSetting,
  imageSelectors,
  labelTemplate,
  layerSelectors,
} from '../schema/selectors.ts';
import { filterlessProblem, hasFilters } from './maps.ts';
import { patchFacts } from './patches/facts.ts';
import { OUTSIDE, panelLayout } from './patches/panel.ts';
import { PROJECTIONS } from './patches/payload.ts';
import type { PatchesPayload } from './patches/payload.ts';
import type { Classes } from './patches/strongest.ts';
import type { Technique, JobSpec, ExperimentImage } from './technique.ts';

/** Filters of a job: enough to share passes through the network, few enough to lose little when a build is killed. */
const UNIT_FILTERS = 16;
/** Projections over the whole input are large. */
const UNIT_FILTERS_WITH_VALUES = 4;

const settings = z.strictObject({
  layers: layerSelectors.prefault('all-conv'),
  filters: filterSelector.prefault({ first: 9 }),
  images: imageSelectors.prefault('all').meta({ description: 'The images to search; by default all' }),
  top: z.int().min(1).max(100).default(9).meta({ description: 'Number of patches per filter' }),
  one_per_image: z
    .boolean()
    .default(true)
    .meta({ description: "At most one patch per image, the filter's strongest there" }),
  border: z.enum(['avoid', 'allow']).default('allow').meta({
    description:
      'Patches whose receptive field reaches outside their image. allow: the strongest, wherever they are; avoid: only where there are too few others, and the report states what was left out',
  }),
  projection: z.enum(PROJECTIONS).default('deconvnet').meta({
    description: 'How an activation is sent back to the pixels, to show beside the patch',
  }),
  order: z.enum(['filter', 'purity']).default('filter').meta({
    description: 'Filters as selected, or those first whose patches are mostly of one class',
  }),
  pick: z.int().min(1).max(10_000).optional().meta({
    description: 'Number of filters per layer to show, the first in `order`',
  }),
  cell: z.int().min(16).max(512).default(112).meta({
    description: 'Longest side of a patch in pixels of the figure; larger ones are averaged down',
  }),
  grid: gridSetting.optional(),
  label: labelTemplate.default('{layer} · filter {filter}'),
  values: z.boolean().default(false).meta({
    description: 'Also write each projection over the whole input, as float32 .npy files',
  }),
});

const HATCHED = 'Hatched: outside the image, where the receptive field reaches over its border.';

/** For each filter the patches of the images that excite it most, and what in them does. */
export const topPatches: Technique<typeof settings> = {
  name: 'top-patches',
  version: 6,
  description:
    'The image patches with the strongest activations of each filter, and their projections to the pixels.',
  facts: patchFacts,
  settings,
  defaultTitle: ({ layers }) =>
    `Strongest activations of ${layers === 'all-conv' ? 'all convolutions' : [layers].flat().join(', ')}`,

  plan(view, context) {
    const { layers, filters, images, grid, label, one_per_image, pick, order, ...rest } = view.settings;
    const chosen = context.resolveImages(images, 'images');
    const searched = context.resolveLayers(layers, 'layers', {
      accepts: hasFilters,
      problem: filterlessProblem,
    });
    if (rest.values && rest.projection === 'none') {
      context.problem('values', {
        what: '`values: true` writes projections, and `projection: none` makes none.',
        hint: 'Choose a projection, or leave `values` out.',
        choices: PROJECTIONS.filter((name) => name !== 'none'),
      });
    }
    const classes = classesOf(chosen);
    const jobs = searched.flatMap((layer) => {
      const found = context.resolveFilters(filters, layer, 'filters');
      const shown = Math.min(found.length, pick ?? Infinity);
      const ranked = order === 'purity';
      const layout = panelLayout(layer, context.inputShape, rest);
      const size = rest.values ? UNIT_FILTERS_WITH_VALUES : UNIT_FILTERS;
      return Array.from({ length: Math.ceil(shown / size) }, (_, chunk): JobSpec => {
        const from = chunk * size;
        const panels = Math.min(size, shown - from);
        const payload: PatchesPayload = {
          ...{ filters: ranked ? found : found.slice(from, from + panels), from: ranked ? from : 0, ranked },
          ...{ top: rest.top, onePerImage: one_per_image, border: rest.border },
          ...{ projection: rest.projection, cell: rest.cell, values: rest.values },
          ...(classes ? { classes } : {}),
        };
        return {
          label: shown > size ? `${layer.name} · filters ${from + 1} to ${from + panels}` : layer.name,
          ...{ group: 'images', layers: [layer.index] },
          ...{ images: chosen.map(({ index }) => index), payload, panels },
          maxSide: Math.max(layout.width, layout.height),
        };
      });
    });
    const panelCount = jobs.reduce((sum, job) => sum + job.panels, 0);
    return {
      jobs,
      display: {
        ...{ style: 'heatmap', levels: 7, colormap: 'grey', normalize: 'panel', label },
        notes: { [OUTSIDE]: HATCHED },
        // Panels are about twice as wide as high.
        grid: grid ?? wideGrid(panelCount, rest.projection === 'none' ? 1 : 2),
      },
    };
  },

  // A patch is sent back to the pixels through two passes or so.
  passes: ({ panels, payload }) =>
    (payload as PatchesPayload).projection === 'none' ? panels : 2 * panels * (payload as PatchesPayload).top,
  scan: ({ layers, images }) => ({ layers, images }),

  async *compute(jobs, context) {
    // Loaded here: planning needs no TensorFlow.js.
    const { findPatches } = await import('./patches/find.ts');
    yield* findPatches(jobs, context);
  },
};

/** Undefined where no image has a class. */
function classesOf(images: readonly ExperimentImage[]): Classes | undefined {
  const names = [...new Set(images.flatMap((image) => image.class ?? []))];
  if (names.length === 0) return undefined;
  return { names, of: images.map((image) => (image.class === undefined ? -1 : names.indexOf(image.class))) };
}

function wideGrid(count: number, aspect: number): { rows: number; columns: number } {
  const columns = Math.max(1, Math.round(Math.sqrt(count / aspect)));
  return { rows: Math.max(1, Math.ceil(count / columns)), columns };
}
