import type { Tensor } from '@tensorflow/tfjs-core';

/** Outputs of layers, each disposed once it has been used as often as expected. */
export class KeptMaps {
  readonly #tensors = new Map<number, Tensor>();
  readonly #uses = new Map<number, number>();

  /** One use more of a layer's output. */
  expect(index: number): void {
    this.#uses.set(index, (this.#uses.get(index) ?? 0) + 1);
  }

  isExpected(index: number): boolean {
    return this.#uses.has(index);
  }

  set(index: number, tensor: Tensor): void {
    this.#tensors.set(index, tensor);
  }

  get(index: number): Tensor {
    return this.#tensors.get(index)!;
  }

  release(index: number): void {
    const left = this.#uses.get(index)! - 1;
    this.#uses.set(index, left);
    if (left > 0) return;
    this.#tensors.get(index)?.dispose();
    this.#tensors.delete(index);
  }

  /** Of which layers outputs are still to be used. */
  stillExpected(): number[] {
    return [...this.#uses].filter(([, uses]) => uses > 0).map(([index]) => index);
  }

  /** What is left belongs to the caller. */
  handOver(): void {
    this.#tensors.clear();
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}
