import type { Problem } from '../../errors.ts';
import { byLikeness } from '../../likeness.ts';
import type {
  Experiment,
  FilterSelector,
  ImageSelector,
  LayerSelector,
  ViewSpec,
} from '../../schema/experiment.ts';
import { classHead } from '../../model/class-head.ts';
import type { LayerInfo } from '../../model/network.ts';
import { layerFormula } from '../../model/graph.ts';
import type { ModelSource } from '../../model/open.ts';
import { seededRandom } from '../../random.ts';
import { sizeLayer } from '../../model/part.ts';
import { mapShape } from '../../techniques/maps.ts';
import type { PlanningContext, ExperimentImage, LayerRequirement } from '../../techniques/technique.ts';

/** Resolves one view's selectors against the network and the images; problems are pushed with their place. */
export function createPlanningContext(
  experiment: Experiment,
  view: ViewSpec,
  { network, graph, layers, classes }: Pick<ModelSource, 'network' | 'graph' | 'layers' | 'classes'>,
  images: readonly ExperimentImage[],
  problems: Problem[],
): PlanningContext {
  const problem: PlanningContext['problem'] = (key, found) =>
    problems.push({ ...found, place: experiment.locate(['views', view.index, ...key.split('.')]) });

  const head = classHead(network, layers);
  return {
    layers,
    inputShape: network.inputShape,
    images,
    ...(classes && { classes }),
    ...(head && { classHead: head }),
    seed: experiment.seed,
    problem,
    kernelDepth: ({ index }) => graph[index]!.layer.kernel?.depth,
    formula: ({ index }) => layerFormula(graph, index),
    inputSizeProblem(layer, size) {
      const found = sizeLayer(network, graph, layer.index, size);
      if ('problem' in found) {
        const { what, why, hint } = found.problem;
        return { what, ...(why ? { why } : {}), ...(hint ? { hint } : {}) };
      }
      const depth = found.outputShape.at(-1);
      if (depth === layer.outputShape.at(-1)) return undefined;
      return {
        what: `Layer \`${layer.name}\` has ${depth} units for images of ${size.join('x')} pixels.`,
        why: `Filters are counted for ${network.inputShape.slice(0, 2).join('x')} pixels, where it has ${layer.outputShape.at(-1)}.`,
        hint: 'Leave `size` out.',
      };
    },
    resolveLayers(selectors, key, requirement) {
      const found = selectors.flatMap((selector) => pickLayers(selector, layers, key, problem));
      const once = [...new Map(found.map((layer) => [layer.index, layer])).values()];
      return requirement
        ? acceptLayers(once, requirement, selectors, layers, (found) => problem(key, found))
        : once;
    },
    resolveFilters: (selector, layer, key) => pickFilters(selector, layer, experiment.seed, key, problem),
    resolveImages(selectors, key) {
      const found = selectors.flatMap((selector) => pickImages(selector, images, key, problem));
      return [...new Map(found.map((image) => [image.index, image])).values()];
    },
  };
}

/**
 * Those of the chosen layers that a technique can show.
 * @param layers all of the network, for the choices
 */
export function acceptLayers(
  chosen: readonly LayerInfo[],
  { accepts, problem }: LayerRequirement,
  selectors: readonly LayerSelector[],
  layers: readonly LayerInfo[],
  report: (problem: { what: string; choices: readonly string[] }) => void,
): readonly LayerInfo[] {
  const named = selectors.some(({ kind }) => kind === 'name' || kind === 'index');
  return chosen.filter((layer) => {
    if (accepts(layer)) return true;
    if (named) report({ what: problem(layer), choices: layers.filter(accepts).map(({ name }) => name) });
    return false;
  });
}

type AddProblem = PlanningContext['problem'];

function pickLayers(
  selector: LayerSelector,
  layers: readonly LayerInfo[],
  key: string,
  problem: AddProblem,
): readonly LayerInfo[] {
  const convolutions = layers.filter(({ kind }) => kind === 'convolution');
  switch (selector.kind) {
    case 'all':
      return layers.filter(({ kind }) => kind !== 'input');
    case 'all-conv':
    case 'first-conv':
    case 'last-conv': {
      if (convolutions.length === 0) {
        problem(key, {
          what: `\`${selector.kind}\` selects no layer: the network has no convolutions.`,
          choices: layers.map(({ name }) => name),
        });
      }
      return selector.kind === 'first-conv'
        ? convolutions.slice(0, 1)
        : selector.kind === 'last-conv'
          ? convolutions.slice(-1)
          : convolutions;
    }
    case 'index': {
      const layer = layers[selector.index];
      if (layer) return [layer];
      problem(key, {
        what: `There is no layer ${selector.index}.`,
        why: `The network's layers are numbered 0 to ${layers.length - 1}.`,
        choices: layers.map(({ index, name }) => `${index} ${name}`),
      });
      return [];
    }
    case 'name': {
      const layer = layers.find(({ name }) => name === selector.name);
      if (layer) return [layer];
      const names = byLikeness(
        selector.name,
        layers.map(({ name }) => name),
      );
      problem(key, {
        what: `There is no layer \`${selector.name}\`.`,
        hint: `Did you mean \`${names[0]}\`?`,
        choices: [...names, 'first-conv', 'last-conv', 'all-conv', 'all'],
      });
      return [];
    }
  }
}

function pickFilters(
  selector: FilterSelector,
  layer: LayerInfo,
  seed: number,
  key: string,
  problem: AddProblem,
): readonly number[] {
  const depth = mapShape(layer)[2];
  const all = Array.from({ length: depth }, (_, filter) => filter);
  switch (selector.kind) {
    case 'all':
      return all;
    case 'first':
      return all.slice(0, selector.count);
    case 'random':
      return sample(all, selector.count, seed, layer.name);
    case 'indices': {
      const outside = selector.indices.filter((filter) => filter >= depth || filter < 0);
      if (outside.length === 0) return selector.indices;
      const shown = outside.slice(0, 5).join(', ');
      problem(key, {
        what: `Layer \`${layer.name}\` has no filter ${shown}${outside.length > 5 ? ` and ${outside.length - 5} more` : ''}.`,
        why: `The layer has ${depth} filters, numbered 0 to ${depth - 1}.`,
        hint: 'Use `all` or `{first: n}` to select the existing ones.',
      });
      return [];
    }
  }
}

function pickImages(
  selector: ImageSelector,
  images: readonly ExperimentImage[],
  key: string,
  problem: AddProblem,
): readonly ExperimentImage[] {
  if (images.length === 0) {
    problem('technique', {
      what: 'The view needs images, and the experiment has none.',
      hint: 'Add `images` with a `folder`, `files` or `glob`.',
    });
    return [];
  }
  switch (selector.kind) {
    case 'all':
      return images;
    case 'class': {
      const found = images.filter((image) => image.class === selector.class);
      if (found.length === 0) {
        const classes = [...new Set(images.flatMap((image) => image.class ?? []))];
        problem(key, {
          what: `There are no images of class \`${selector.class}\`.`,
          ...(classes.length > 0
            ? { choices: byLikeness(selector.class, classes).map((name) => `class:${name}`) }
            : { why: 'The images have no classes. Sub-folders of `images.folder` are classes.' }),
        });
      }
      return found;
    }
    case 'file': {
      const path = selector.file.replace(/^\.\//, '');
      const exact = images.filter(({ file }) => file === path);
      const found = exact.length > 0 ? exact : images.filter(({ file }) => file.split('/').at(-1) === path);
      if (found.length > 0) return found;
      problem(key, {
        what: `There is no image \`${selector.file}\`.`,
        choices: byLikeness(
          path,
          images.map(({ file }) => file),
        ),
      });
      return [];
    }
    case 'indices': {
      const count = images.length;
      const outside = selector.indices.filter((index) => index >= count || index < -count);
      if (outside.length > 0) {
        const shown = outside.slice(0, 5).join(', ');
        problem(key, {
          what: `There is no image ${shown}${outside.length > 5 ? ` and ${outside.length - 5} more` : ''}.`,
          why: `The experiment has ${count} readable images, numbered 0 to ${count - 1} (or -1 to ${-count} from the end).`,
          hint: 'Use `all` to select the existing ones, or raise `images.limit`.',
        });
        return [];
      }
      return selector.indices.map((index) => images[index < 0 ? count + index : index]!);
    }
  }
}

/** A seeded choice, the same for a layer whatever else is chosen; in ascending order. */
function sample(all: readonly number[], count: number, seed: number, layer: string): number[] {
  const random = seededRandom(seed, layer);
  const pool = [...all];
  for (let i = 0; i < Math.min(count, pool.length); i++) {
    const j = i + Math.floor(random() * (pool.length - i));
    [pool[i], pool[j]] = [pool[j]!, pool[i]!];
  }
  return pool.slice(0, count).sort((a, b) => a - b);
}
