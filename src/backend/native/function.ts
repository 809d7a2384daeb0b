import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { type Addon, type Attribute, nativeBackend } from './backend.ts';
import { graphBytes, type GraphMessages } from './graph-def.ts';
import { type Place, record, type Recording } from './recording.ts';

let messages: GraphMessages | undefined;

/** @param graphMessages those of the driver, with which operations can be made functions of */
export function enableFunctions(graphMessages: GraphMessages): void {
  messages = graphMessages;
}

/** On a graphics card this has not been tried. */
export function canMakeFunctions(): boolean {
  if (!messages || tf.getBackend() !== 'tensorflow') return false;
  const { binding } = nativeBackend();
  return binding.addFunction !== undefined && !binding.isUsingGpuDevice();
}

/**
 * What TensorFlow does to a graph before it runs: of its rewrites only the one that makes one operation of a convolution with its bias and
 * activation. The others take longer than they save here. As fields of RewriterConfig (tensorflow/core/protobuf/rewriter_config.proto).
 */
const REWRITES: readonly (readonly [field: number, value: number])[] = [
  [1, 2], // layout_optimizer: OFF
  [3, 2], // constant_folding: OFF
  [4, 1], // memory_optimization: NO_MEM_OPT
  [7, 2], // arithmetic_optimization: OFF
  [8, 2], // dependency_optimization: OFF
  [9, 2], // loop_optimization: OFF
  [10, 2], // function_optimization: OFF
  [12, 1], // meta_optimizer_iterations: ONE
  [13, 2], // shape_optimization: OFF
];

/** Without these attributes of a call TensorFlow rewrites nothing. The second is a ConfigProto: its bytes are below 128, and so are text. */
function rewritten({ TF_ATTR_STRING: type }: Addon): Attribute[] {
  const within = (field: number, bytes: readonly number[]): number[] => [
    8 * field + 2,
    bytes.length,
    ...bytes,
  ];
  const options = REWRITES.flatMap(([field, value]) => [8 * field, value]);
  const [GRAPH_OPTIONS, REWRITE_OPTIONS] = [10, 10];
  const config = within(GRAPH_OPTIONS, within(REWRITE_OPTIONS, options));
  return [
    { name: 'executor_type', type, value: '' },
    { name: 'config_proto', type, value: String.fromCharCode(...config) },
  ];
}

let count = 0;

/**
 * Operations that TensorFlow runs as one graph: it orders them itself, shares out what does not depend on each other, and
 * writes results over what is no longer needed. One by one each takes fresh memory and a call from JavaScript.
 */
export class NativeFunction {
  readonly #name: string;
  readonly #recording: Recording;
  /** Each once. */
  readonly #outputs: readonly Place[];
  /** Of the calls. */
  #attributes: readonly Attribute[] = [];

  private constructor(name: string, recording: Recording, outputs: readonly Place[]) {
    this.#name = name;
    this.#recording = recording;
    this.#outputs = outputs;
  }

  /**
   * Runs operations one by one and makes a function of them. TensorFlow rearranges a graph, and what it makes of one might round
   * differently, as it does where it joins a product with a sigmoid: a function is only handed out that gave every bit of the same results,
   * and without rewrites where it does not with them.
   *
   * @param inputs tensors that the next call has others for, of the same shapes
   * @param run may dispose the inputs; the results must depend on nothing else that changes
   */
  static make(
    inputs: readonly Tensor[],
    run: () => readonly Tensor[],
  ): { readonly results: readonly Tensor[]; readonly made: NativeFunction | undefined } {
    const again = inputs.map((input) => input.clone());
    try {
      const { results, recording } = record(inputs, run);
      const made = recording && NativeFunction.#add(recording);
      if (!made) return { results, made };
      for (const attributes of [rewritten(nativeBackend().binding), []]) {
        made.#attributes = attributes;
        if (made.#repeats(again, results)) return { results, made };
      }
      made.dispose();
      return { results, made: undefined };
    } finally {
      tf.dispose(again);
    }
  }

  static #add(recording: Recording): NativeFunction | undefined {
    const { binding } = nativeBackend();
    const fed = new Set(recording.inputs.map(({ node }) => node));
    const outputs = new Map(
      recording.results.filter(({ node }) => !fed.has(node)).map((place) => [keyOf(place), place]),
    );
    const name = `filterscope_${count++}`;
    const made = new NativeFunction(name, recording, [...outputs.values()]);
    try {
      if (outputs.size === 0) throw new Error('nothing is computed');
      binding.addFunction!(
        name,
        graphBytes(messages!, binding, recording.nodes),
        [...recording.inputs, ...recording.others].map(({ node }) => node),
        made.#outputs.map(({ node }) => node),
        made.#outputs.map(({ output }) => output),
      );
      return made;
    } catch {
      // What TensorFlow makes no function of runs as it did.
      for (const handle of recording.owned) binding.deleteTensor(handle);
      return undefined;
    }
  }

  #repeats(inputs: readonly Tensor[], results: readonly Tensor[]): boolean {
    let again: Tensor[] = [];
    try {
      again = this.run(inputs);
      return again.every((tensor, i) => bitsOf(tensor).equals(bitsOf(results[i]!)));
    } catch {
      return false;
    } finally {
      tf.dispose(again);
    }
  }

  /** @param inputs as those it was made with; stay the caller's @returns new tensors */
  run(inputs: readonly Tensor[]): Tensor[] {
    const backend = nativeBackend();
    const { inputs: taken, others, results } = this.#recording;
    const handles = backend.getInputTensorIds(taken.map(({ position }) => inputs[position]!));
    const made = backend.binding.executeOp(
      this.#name,
      this.#attributes,
      [...handles, ...others.map(({ handle }) => handle)],
      this.#outputs.length,
    );
    const tensors = new Map<string, Tensor>();
    this.#outputs.forEach((place, i) => tensors.set(keyOf(place), backend.createOutputTensor(made[i]!)));
    const used = new Set<string>();
    return results.map((place) => {
      const key = keyOf(place);
      const own = used.has(key) ? undefined : tensors.get(key);
      used.add(key);
      return (
        own ?? tf.clone(tensors.get(key) ?? inputs[taken.find(({ node }) => node === place.node)!.position]!)
      );
    });
  }

  dispose(): void {
    const { binding } = nativeBackend();
    binding.removeFunction!(this.#name);
    for (const handle of this.#recording.owned) binding.deleteTensor(handle);
  }
}

const keyOf = ({ node, output }: Place): string => `${node}:${output}`;

function bitsOf(tensor: Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return Buffer.from(buffer, byteOffset, byteLength);
}
