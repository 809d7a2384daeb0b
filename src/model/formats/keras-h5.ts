import { UserError } from '../../errors.ts';
import type { ModelFile, ModelFormat, ReadOptions } from './format.ts';
import { withHdf5 } from './hdf5.ts';
import { parseJson } from './json.ts';
import { kerasDialect, readKerasConfig } from './keras-config.ts';
import { kerasWeightReader, withKerasWeights } from './keras-file.ts';

const NAME = 'keras-h5';

/** A whole model saved by Keras 2, or by Keras 3 in the older format: its description is an attribute of the file. */
async function open(path: string, options: ReadOptions): Promise<ModelFile> {
  const { place } = options;
  const source = { path };
  const { text, version } = await withHdf5(source, place, (root) => {
    const description = root.texts('model_config')?.join('');
    if (description === undefined) {
      throw new UserError({
        what: 'The .h5 file contains no model description.',
        place,
        why:
          root.texts('layer_names') || root.group('layers')
            ? 'The file contains weights only.'
            : 'Keras did not save it as a whole model.',
        hint: 'Save the model with model.save("name.keras"), or name the network with `zoo` and this file with `weights`.',
      });
    }
    return { text: description, version: root.text('keras_version') ?? '2' };
  });
  const description = parseJson(text, 'The model description', place);
  const parsed = readKerasConfig(description, {
    ...options,
    format: NAME,
    dialect: kerasDialect(version),
  });
  return withKerasWeights(parsed, source, place);
}

export const kerasH5: ModelFormat = {
  name: NAME,
  endings: ['.h5', '.hdf5'],
  example: 'name.h5',
  saving: 'Save the model with model.save("name.h5").',
  open,
  weights: kerasWeightReader(({ path }) => Promise.resolve({ path }), ['name.weights.h5', 'name.h5']),
};
