import type { LayerFormula } from '../../model/model.ts';
import type { LayerInfo } from '../../model/network.ts';
import { colourOrder } from '../colour-order.ts';
import { mapShape } from '../maps.ts';
import type { ComputeContext } from '../technique.ts';

/** A map or vector: float32 [height, width, channels], a vector being [1, 1, units]. */
export interface Values {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** All numbers that the arithmetic of one layer for one image is made of. */
export interface LayerValues {
  readonly layer: LayerInfo;
  readonly inputLayer: LayerInfo;
  readonly formula: LayerFormula;
  readonly input: Values;
  readonly output: Values;
  /** The layer before its own activation function, or a function's input; absent for pooling. */
  readonly before: Values | undefined;
  /** [height, width, depth, filters] of a convolution, [inputs, units] of a dense layer. */
  readonly kernel: { readonly shape: readonly number[]; readonly data: Float32Array } | undefined;
  readonly bias: Float32Array | undefined;
  /** Names of the input's channels, where they are those of the image. */
  readonly names: readonly string[] | undefined;
}

const COLOURS = ['red', 'green', 'blue'];

/** Of each layer for one image, in their order; the network is passed once for all, and once more for activation functions. */
export async function layerValues(
  layers: readonly number[],
  image: number,
  { model, pixels }: Pick<ComputeContext, 'model' | 'pixels'>,
): Promise<LayerValues[]> {
  const formulas = layers.map((index) => model.formula(index)!);
  const requested = [...new Set([...layers, ...formulas.map(({ input }) => input)])].sort((a, b) => a - b);
  const input = model.input(await pixels(image));
  const outputs = model.forward(input, requested);
  try {
    const read = async (index: number): Promise<Values> => {
      const [height, width, channels] = mapShape(model.layers[index]!);
      const data = (await outputs[requested.indexOf(index)]!.data()) as Float32Array;
      return { height, width, channels, data: data.slice() };
    };
    const found: LayerValues[] = [];
    for (const [position, index] of layers.entries()) {
      const formula = formulas[position]!;
      const { formula: how } = formula;
      const layer = model.layers[index]!;
      const from = await read(formula.input);
      const output = await read(index);
      let before: Values | undefined;
      if (how.kind === 'function') before = from;
      else if ('activation' in how && how.activation.name === 'linear') before = output;
      else if ('activation' in how) {
        const trace = model.trace(input, index, { preactivation: true, rules: [] });
        before = { ...output, data: ((await trace.output.data()) as Float32Array).slice() };
        trace.dispose();
      }
      const kernel = how.kind === 'dense' ? model.denseKernel(index) : model.kernel(index);
      const order = from.channels === 3 ? colourOrder(model.network, index) : undefined;
      const names = order && Array.from({ length: 3 }, (_, channel) => COLOURS[order.indexOf(channel)]!);
      found.push({
        ...{ layer, inputLayer: model.layers[formula.input]!, formula, input: from, output, before, names },
        kernel: kernel && { shape: kernel.shape, data: (await kernel.data()) as Float32Array },
        bias: (await model.bias(index)?.data()) as Float32Array | undefined,
      });
    }
    return found;
  } finally {
    input.dispose();
    for (const output of outputs) output.dispose();
  }
}
