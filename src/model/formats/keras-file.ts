import type { Place } from '../../errors.ts';
import { buildGraph } from '../graph.ts';
import type { ModelFile, ParsedNetwork, WeightFile, WeightReader } from './format.ts';
import type { Hdf5Source } from './hdf5.ts';
import { checkKerasWeights, loadKerasWeights } from './keras-weights.ts';
import { neededWeights } from './weight-assignment.ts';

/** A parsed network with its weights in an HDF5 file. */
export function withKerasWeights(parsed: ParsedNetwork, source: Hdf5Source, place: Place): ModelFile {
  const weights = () => ({
    source,
    place,
    tree: parsed.tree,
    needs: neededWeights(buildGraph(parsed.network, place)),
    described: true,
  });
  return {
    ...parsed,
    checkWeights: () => checkKerasWeights(weights()),
    loadWeights: (take) => loadKerasWeights(weights(), take),
  };
}

/** Weights in an HDF5 file, which a file in this format is or holds. */
export function kerasWeightReader(
  sourceOf: (file: WeightFile) => Promise<Hdf5Source>,
  examples: readonly string[],
): WeightReader {
  const weights = async (file: WeightFile) => ({ ...file, source: await sourceOf(file), described: false });
  return {
    async check(file) {
      await checkKerasWeights(await weights(file));
      return [file.path];
    },
    load: async (file, take) => loadKerasWeights(await weights(file), take),
    examples,
  };
}
