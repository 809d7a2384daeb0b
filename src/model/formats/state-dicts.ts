import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { assignTensors, readAssigned } from '../state-dict/assign.ts';
import { withSafetensors } from '../state-dict/safetensors-file.ts';
import type { StateDict } from '../state-dict/torch-contents.ts';
import { withTorchFile } from '../state-dict/torch-file.ts';
import { EXPORT_HINT } from '../state-dict/torch-hints.ts';
import { collected } from './collected.ts';
import type { ModelFormat, WeightFile, WeightReader } from './format.ts';

/** Opens a file and hands over its tensors. */
type WithFile = <T>(path: string, place: Place, read: (tensors: StateDict) => Promise<T>) => Promise<T>;

/** Tensors by name, for layers whose names in state dicts are known. */
function stateDictReader(withFile: WithFile, examples: readonly string[]): WeightReader {
  const assigned = ({ modules, needs, place }: WeightFile, tensors: StateDict) => {
    if (!modules) throw new Error('the names of the layers in state dicts are not known');
    return assignTensors(tensors, modules, needs, place);
  };
  return {
    async check(file) {
      await withFile(file.path, file.place, (tensors) => Promise.resolve(assigned(file, tensors)));
      return [file.path];
    },
    load: (file, take) =>
      collected(take, (each) =>
        withFile(file.path, file.place, (tensors) => readAssigned(assigned(file, tensors), each)),
      ),
    examples,
  };
}

/** What a file of weights is not: a model. A file that cannot be read says so first. */
function openAsModel(withFile: WithFile): ModelFormat['open'] {
  return async (path, { place }) => {
    const count = await withFile(path, place, (tensors) => Promise.resolve(tensors.size));
    throw new UserError({
      what: `The file holds a state dict of ${count.toLocaleString('en')} tensors, without a network.`,
      place,
      why: 'A state dict has weights by their names and no layers.',
      hint: `Name the network with \`zoo\` and this file with \`weights\`. ${EXPORT_HINT}`,
    });
  };
}

/** PyTorch's files, of which state dicts are read. */
export const pytorch: ModelFormat = {
  name: 'pytorch',
  endings: ['.pth', '.pt', '.ckpt', '.bin', '.tar'],
  example: 'name.pth',
  saving: 'Save weights with torch.save(model.state_dict(), "name.pth").',
  open: openAsModel(withTorchFile),
  weightsOnly: true,
  weights: stateDictReader(withTorchFile, ['name.pth']),
};

export const safetensors: ModelFormat = {
  name: 'safetensors',
  endings: ['.safetensors'],
  example: 'name.safetensors',
  saving: 'Save weights with safetensors.torch.save_file(model.state_dict(), "name.safetensors").',
  open: openAsModel(withSafetensors),
  weightsOnly: true,
  weights: stateDictReader(withSafetensors, ['name.safetensors']),
};
