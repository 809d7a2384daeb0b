import type { Tensor } from '@tensorflow/tfjs-core';
import { type Addon, type Attribute, type Handle, nativeBackend } from './backend.ts';

/** What an operation takes: a result of another one, or what is fed. */
export interface Place {
  readonly node: string;
  readonly output: number;
}

export type RecordedNode =
  | { readonly name: string; readonly kind: 'fed'; readonly type: number }
  | {
      readonly name: string;
      readonly kind: 'constant';
      readonly shape: readonly number[];
      readonly values: Int32Array;
    }
  | {
      readonly name: string;
      readonly kind: 'operation';
      readonly operation: string;
      readonly attributes: readonly Attribute[];
      readonly inputs: readonly Place[];
    };

export interface Recording {
  readonly nodes: readonly RecordedNode[];
  /** Which of the inputs are taken, by their positions, and the nodes they are fed as. */
  readonly inputs: readonly { readonly position: number; readonly node: string }[];
  /** Tensors that were there before, weights above all, and the nodes they are fed as. */
  readonly others: readonly { readonly handle: Handle; readonly node: string }[];
  /** Those of them that were made for this: the recording's owner deletes them. */
  readonly owned: readonly Handle[];
  readonly results: readonly Place[];
}

/**
 * Writes down the operations that run meanwhile on the native backend. Whole numbers that are made on the way (shapes, axes)
 * become constants; all other numbers are fed, so that nothing is computed from their values in advance.
 *
 * @param inputs tensors that will be others the next time
 * @param run has results that depend on the inputs by operations alone
 * @returns the results of `run`, and what was written down; undefined where numbers were read on the way, or are of a kind that is
 * not known here
 */
export function record(
  inputs: readonly Tensor[],
  run: () => readonly Tensor[],
): { readonly results: readonly Tensor[]; readonly recording: Recording | undefined } {
  const backend = nativeBackend();
  const { binding } = backend;
  const given = backend.getInputTensorIds(inputs);
  const notes = new Notes(binding, given);
  const plain = backend.getInputTensorIds;
  let results: readonly Tensor[];
  try {
    backend.binding = notes.addon();
    backend.getInputTensorIds = (tensors) => {
      const handles = plain.call(backend, tensors);
      handles.forEach((handle, i) => notes.meet(handle, backend.tensorMap.get(tensors[i]!.dataId)?.dtype));
      return handles;
    };
    results = run();
    return { results, recording: notes.finish(plain.call(backend, results)) };
  } finally {
    backend.binding = binding;
    Reflect.deleteProperty(backend, 'getInputTensorIds');
  }
}

class Notes {
  readonly #addon: Addon;
  readonly #given: readonly Handle[];
  readonly #nodes: RecordedNode[] = [];
  readonly #places = new Map<Handle, Place>();
  readonly #types = new Map<Handle, number>();
  readonly #made = new Map<
    Handle,
    { shape: readonly number[]; type: number; values: Int32Array | Float32Array }
  >();
  readonly #inputs: { position: number; node: string }[] = [];
  readonly #others: { handle: Handle; node: string }[] = [];
  readonly #owned: Handle[] = [];
  #fits = true;

  constructor(addon: Addon, given: readonly Handle[]) {
    this.#addon = addon;
    this.#given = given;
  }

  /** A tensor that an operation is about to take. */
  meet(handle: Handle, type: number | undefined): void {
    if (type !== undefined) this.#types.set(handle, type);
  }

  /** The addon, looked at. */
  addon(): Addon {
    const addon = this.#addon;
    return {
      ...Object.fromEntries(
        Object.getOwnPropertyNames(addon).map((name) => [name, addon[name as keyof Addon]]),
      ),
      createTensor: (shape: readonly number[], type: number, values: Int32Array | Float32Array) => {
        const handle = addon.createTensor(shape, type, values);
        this.#made.set(handle, { shape: [...shape], type, values: values.slice() });
        return handle;
      },
      tensorDataSync: (handle: Handle) => {
        this.#fits &&= !this.#places.has(handle) && !this.#given.includes(handle);
        return addon.tensorDataSync(handle);
      },
      executeOp: (
        operation: string,
        attributes: readonly Attribute[],
        inputs: readonly Handle[],
        outputs: number,
      ) => {
        const taken = inputs.map((handle) => this.#placeOf(handle));
        const results = addon.executeOp(operation, attributes, inputs, outputs);
        const name = this.#add((node) => ({
          name: node,
          kind: 'operation',
          operation,
          attributes,
          inputs: taken,
        }));
        results.forEach(({ id }, output) => this.#places.set(id, { node: name, output }));
        return results;
      },
    } as unknown as Addon;
  }

  finish(results: readonly Handle[]): Recording | undefined {
    const places = results.map((handle) => this.#placeOf(handle));
    if (!this.#fits) {
      for (const handle of this.#owned) this.#addon.deleteTensor(handle);
      return undefined;
    }
    return {
      ...{ nodes: this.#nodes, inputs: this.#inputs, others: this.#others, owned: this.#owned },
      results: places,
    };
  }

  #add(node: (name: string) => RecordedNode): string {
    const name = `n${this.#nodes.length}`;
    this.#nodes.push(node(name));
    return name;
  }

  #placeOf(handle: Handle): Place {
    const known = this.#places.get(handle);
    if (known) return known;
    const place = { node: this.#begin(handle), output: 0 };
    this.#places.set(handle, place);
    return place;
  }

  /** The node of what no operation here has made. */
  #begin(handle: Handle): string {
    const { TF_INT32, TF_FLOAT } = this.#addon;
    const made = this.#made.get(handle);
    if (made?.type === TF_INT32) {
      const { shape, values } = made;
      return this.#add((name) => ({ name, kind: 'constant', shape, values: Int32Array.from(values) }));
    }
    const type = made?.type ?? this.#types.get(handle);
    const position = this.#given.indexOf(handle);
    if (type === undefined || (made && type !== TF_FLOAT)) this.#fits = false;
    const node = this.#add((name) => ({ name, kind: 'fed', type: type ?? TF_FLOAT }));
    if (position >= 0) this.#inputs.push({ position, node });
    else if (!made) this.#others.push({ handle, node });
    else {
      // The one that was made goes with the run.
      const own = this.#addon.createTensor(made.shape, made.type, made.values);
      this.#owned.push(own);
      this.#others.push({ handle: own, node });
    }
    return node;
  }
}
