import { nodeFiles } from '../../effects.ts';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { buildGraph } from '../graph.ts';
import { show } from '../layers/config-reader.ts';
import { isRecord } from '../layers/plain-value.ts';
import type { TakeWeights, Weights } from '../network.ts';
import { collected } from './collected.ts';
import type { LayerTree, ModelFile, ModelFormat, ReadOptions, WeightFile } from './format.ts';
import { readJson } from './json.ts';
import { kerasDialect, readKerasConfig } from './keras-config.ts';
import { openGraphModel } from './tfjs-graph/graph-model.ts';
import { readManifest } from './tfjs-manifest.ts';
import { assignListed, checkAssignments, neededWeights, readAssignments } from './weight-assignment.ts';
import type { Assignment, Needs, StoredArray } from './weight-assignment.ts';
import { kerasTwoOrder } from './weight-order.ts';
import type { ListingOrder } from './weight-order.ts';

const NAME = 'tfjs-layers';

/** A TensorFlow.js model: model.json (absolute path) with the weight files it names in its folder. */
async function open(path: string, options: ReadOptions): Promise<ModelFile> {
  const { place } = options;
  const model = await readJson(path, place);
  const topology = isRecord(model) ? model['modelTopology'] : undefined;
  if (!isRecord(model) || !isRecord(topology)) {
    throw new UserError({
      what: 'The JSON file is not a TensorFlow.js model.',
      place,
      why: 'The file has no `modelTopology`.',
      hint: 'Save the model with model.save("file://folder") in TensorFlow.js, or convert it with tensorflowjs_converter.',
    });
  }
  if (model['format'] === 'graph-model' || 'node' in topology) return openGraphModel(model, path, options);
  const config = topology['model_config'] ?? topology;
  const version = String(topology['keras_version'] ?? (model['convertedBy'] ? '2' : 'tfjs-layers'));
  const dialect = /^tfjs/.test(version) ? 'tfjs' : kerasDialect(version);
  const parsed = readKerasConfig(config, { ...options, format: NAME, dialect });
  const manifest = await readManifest(model['weightsManifest'], path, nodeFiles, place);

  const assign = (): { needs: Needs; assignments: readonly Assignment[] } => {
    const needs = neededWeights(buildGraph(parsed.network, place));
    return { needs, assignments: assignArrays(manifest.arrays, { needs, tree: parsed.tree, place }) };
  };
  return {
    ...parsed,
    weightFiles: manifest.files,
    checkWeights: () => Promise.resolve().then(() => void assign()),
    loadWeights: (take) =>
      collected(take, (each) => {
        const { needs, assignments } = assign();
        readAssignments(assignments, needs, each);
      }),
  };
}

interface Taker {
  readonly needs: Needs;
  readonly tree: readonly LayerTree[];
  readonly place: Place;
}

/** The weights alone. What the network has no layer for is left out. */
async function readWeights(
  file: WeightFile,
): Promise<{ readonly paths: readonly string[]; load(take?: TakeWeights): Promise<Weights> }> {
  const { path, place } = file;
  const model = await readJson(path, place);
  const manifest = await readManifest(
    isRecord(model) ? model['weightsManifest'] : undefined,
    path,
    nodeFiles,
    place,
  );
  const assignments = assignArrays(manifest.arrays, file);
  return {
    paths: [path, ...manifest.files],
    load: (take) => collected(take, (each) => readAssignments(assignments, file.needs, each)),
  };
}

function assignArrays(arrays: readonly StoredArray[], { needs, tree, place }: Taker): readonly Assignment[] {
  // TensorFlow.js goes by names; the converter lists layer by layer, TensorFlow.js itself what is trained first.
  const layerByLayer: ListingOrder = (items, ...rest) =>
    items.flatMap((item) => kerasTwoOrder([item], ...rest));
  const orders = [kerasTwoOrder, layerByLayer];
  const assignments = assignListed({ items: tree, arrays, needs, orders }, false);
  if (!assignments) {
    const names = arrays.slice(0, 4).map(({ name }) => name);
    throw new UserError({
      what: "The model's weights do not fit its layers.",
      place,
      why: `The manifest lists ${arrays.length} arrays${names.length ? `, including ${show(names)}` : ''}.`,
      hint: 'Save or convert the model again.',
    });
  }
  checkAssignments(assignments, needs, place, 'Save or convert the model again.');
  return assignments;
}

export const tfjsLayers: ModelFormat = {
  name: NAME,
  endings: ['.json'],
  example: 'model.json (TensorFlow.js)',
  saving: "Save the model with model.save('file://folder') in TensorFlow.js.",
  open,
  weights: {
    check: async (file) => (await readWeights(file)).paths,
    load: async (file, take) => (await readWeights(file)).load(take),
    examples: [],
  },
};
