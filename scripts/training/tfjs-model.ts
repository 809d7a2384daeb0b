/** Writes a network as a TensorFlow.js layers model: model.json and weights.bin, numbers in half precision. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { halfToNumber } from '../../src/model/half-floats.ts';
import type { Network, NetworkNode, Weights } from '../../src/model/network.ts';
import { writeWhole } from '../../src/store/store.ts';
import { toHalf } from './half.ts';

export interface TfjsModel {
  /** Text of model.json. */
  readonly json: string;
  /** weights.bin: float16, little-endian. */
  readonly bytes: Uint8Array;
}

/** @param note goes into model.json as the model's own metadata */
export function toTfjsModel(
  network: Network,
  weights: Weights,
  note: Readonly<Record<string, unknown>>,
): TfjsModel {
  const arrays = [...weights].flatMap(([layer, own]) =>
    [...own].map(([name, { shape, data }]) => ({ name: `${layer}/${name}`, shape, data })),
  );
  const model = {
    format: 'layers-model',
    generatedBy: 'filterscope',
    convertedBy: null,
    modelTopology: { class_name: 'Sequential', config: { name: network.name, layers: layersOf(network) } },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: arrays.map(({ name, shape }) => ({
          name,
          shape,
          dtype: 'float32',
          quantization: { dtype: 'float16', original_dtype: 'float32' },
        })),
      },
    ],
    userDefinedMetadata: note,
  };
  const halves = arrays.map(({ data }) => Uint16Array.from(data, toHalf));
  const bytes = Buffer.concat(halves.map(({ buffer }) => Buffer.from(buffer)));
  return { json: `${JSON.stringify(model)}\n`, bytes };
}

/** The same weights as they come back from the file. */
export function throughHalf(weights: Weights): Weights {
  return new Map(
    [...weights].map(([layer, own]) => [
      layer,
      new Map(
        [...own].map(([name, { shape, data }]) => [
          name,
          { shape, data: data.map((x) => halfToNumber(toHalf(x))) },
        ]),
      ),
    ]),
  );
}

/** Puts both files into a folder in one step: what was there goes, nothing half-written stays. */
export async function writeTfjsModel(folder: string, { json, bytes }: TfjsModel): Promise<void> {
  const [fresh, old] = [`${folder}.${process.pid}.new`, `${folder}.${process.pid}.old`];
  await rm(fresh, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await writeWhole(join(fresh, 'weights.bin'), bytes, { durable: true });
  await writeWhole(join(fresh, 'model.json'), json, { durable: true });
  await rename(folder, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(fresh, folder);
  await rm(old, { recursive: true, force: true });
}

/** Keras' list of layers; the input's shape is the first layer's `batch_input_shape`, as Sequential models have it. */
function layersOf({ nodes, inputShape }: Network): readonly unknown[] {
  return nodes.map(({ name, type, config }: NetworkNode) => ({
    class_name: type,
    config: {
      name,
      trainable: true,
      dtype: 'float32',
      ...(type === 'InputLayer' ? { batch_input_shape: [null, ...inputShape], sparse: false } : config),
    },
  }));
}
