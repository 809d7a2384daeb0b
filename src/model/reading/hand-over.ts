import type { MessagePort } from 'node:worker_threads';
import { receiveMessageOnPort } from 'node:worker_threads';
import type { NodeWeights } from '../network.ts';
import { takeWeightMemoryFrom } from '../unfilled.ts';
import type { Backlog } from './backlog.ts';
import { addTo, kilobytesOf } from './backlog.ts';
import type { ReadReply } from './requests.ts';
import { WeightMemory } from './weight-memory.ts';

/** Kilobytes that are sent at a time: another thread takes longer to wake than to take over one layer. */
const LEAST = 2 * 1024;

/** Sends weights to the thread that asked for them, some nodes at a time, in memory that comes back. */
export class HandOver {
  readonly #memory = new WeightMemory();
  readonly #nodes: [string, NodeWeights][] = [];
  #kilobytes = 0;

  /**
   * @param send transfers what it is given
   * @param returned where memory comes back
   */
  constructor(
    private readonly send: (reply: ReadReply, buffers: readonly ArrayBuffer[]) => void,
    private readonly returned: MessagePort,
  ) {
    takeWeightMemoryFrom((bytes) => this.#memory.take(bytes));
  }

  add(node: string, weights: NodeWeights, backlog: Backlog): void {
    this.#nodes.push([node, weights]);
    this.#kilobytes += kilobytesOf(weights);
    if (this.#kilobytes >= LEAST) this.flush(backlog);
  }

  /** Sends what is left. */
  flush(backlog: Backlog): void {
    const [nodes, kilobytes] = [this.#nodes.splice(0), this.#kilobytes];
    if (nodes.length > 0) {
      this.send({ kind: 'weights', nodes, kilobytes }, transferable(nodes.map(([, weights]) => weights)));
      addTo(backlog, kilobytes);
    }
    this.drop();
  }

  /** Forgets what is left. */
  drop(): void {
    this.#nodes.length = 0;
    this.#kilobytes = 0;
    this.#memory.next();
    for (;;) {
      const message = receiveMessageOnPort(this.returned) as
        { message: readonly SharedArrayBuffer[] } | undefined;
      if (!message) break;
      for (const buffer of message.message) this.#memory.give(buffer);
    }
  }
}

/** All memory that the weights lie in. */
export function buffersOf(nodes: Iterable<NodeWeights>): readonly ArrayBufferLike[] {
  const arrays = [...nodes].flatMap((weights) => [...weights.values()]);
  return [...new Set(arrays.map(({ data }) => data.buffer))];
}

/** Memory that changes hands without being copied. */
export const transferable = (nodes: Iterable<NodeWeights>): readonly ArrayBuffer[] =>
  buffersOf(nodes).filter((buffer) => buffer instanceof ArrayBuffer);
