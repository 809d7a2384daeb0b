import type { NetworkNode } from '../network.ts';

type Config = Readonly<Record<string, unknown>>;

/** Collects a network's layers: each takes the output of the one before, unless other inputs are named. */
export class LayerChain {
  readonly nodes: NetworkNode[] = [];
  /** Name of the latest layer. */
  last = '';

  constructor(inputName = 'input') {
    this.add(inputName, 'InputLayer', {}, []);
  }

  /** @returns the layer's name, which is also `last` */
  add(name: string, type: string, config: Config = {}, inputs: readonly string[] = [this.last]): string {
    this.nodes.push({ name, type, config, inputs });
    this.last = name;
    return name;
  }
}
