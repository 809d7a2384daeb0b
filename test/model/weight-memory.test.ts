import { MessageChannel } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { newBacklog } from '../../src/model/reading/backlog.ts';
import { HandOver } from '../../src/model/reading/hand-over.ts';
import type { ReadReply } from '../../src/model/reading/requests.ts';
import { WeightMemory } from '../../src/model/reading/weight-memory.ts';
import { takeWeightMemoryFrom, unfilledBytes, weightFloats } from '../../src/model/unfilled.ts';

const MB = 2 ** 20;

describe('memory of weights on their way', () => {
  it('is shared by arrays that do not touch each other, and begins at no multiple of 16', () => {
    const memory = new WeightMemory();
    const arrays = [1, 3, 16, 100, 4097, 1_000_000].map((bytes, i) => memory.take(bytes).fill(i));
    expect(new Set(arrays.map(({ buffer }) => buffer)).size).toBe(1);
    arrays.forEach((array, i) => expect(array.every((value) => value === i)).toBe(true));
    expect(arrays.map(({ byteOffset }) => byteOffset % 16)).toEqual(arrays.map(() => 8));
    const [before] = arrays;
    memory.next();
    expect(memory.take(1).buffer).not.toBe(before!.buffer);
  });

  it('is used again where it was given back, the last one first, and never while it is away', () => {
    const memory = new WeightMemory();
    const next = (): ArrayBufferLike => {
      memory.next();
      return memory.take(MB).buffer;
    };
    const pieces = [next(), next(), next(), next()] as SharedArrayBuffer[];
    expect(new Set(pieces).size).toBe(4);
    pieces.forEach((piece) => memory.give(piece));
    // The fourth was let go.
    const again = [next(), next(), next(), next()];
    expect(again.map((piece) => pieces.findIndex((other) => other === piece))).toEqual([2, 1, 0, -1]);
  });

  it('is that of one array alone where it is large', () => {
    const memory = new WeightMemory();
    const { buffer, byteOffset } = memory.take(10 * MB);
    expect(buffer).toBeInstanceOf(ArrayBuffer);
    expect(byteOffset % 16).toBe(8);
  });
});

describe('weights that are handed over', () => {
  afterAll(() => takeWeightMemoryFrom(unfilledBytes));

  function handOver() {
    const { port1, port2 } = new MessageChannel();
    const sent: Extract<ReadReply, { kind: 'weights' }>[] = [];
    const transferred: number[] = [];
    const made = new HandOver((reply, buffers) => {
      sent.push(reply as (typeof sent)[number]);
      transferred.push(buffers.length);
    }, port2);
    const add = (node: string, megabytes: number): void => {
      const data = weightFloats((megabytes * MB) / 4);
      made.add(node, new Map([['kernel', { shape: [data.length], data }]]), backlog);
    };
    const backlog = newBacklog();
    return { made, sent, transferred, add, backlog, giveBack: port1 };
  }

  it('are sent some nodes at a time, and the rest at the end', () => {
    const { made, sent, add, backlog } = handOver();
    ['a', 'b', 'c', 'd', 'e'].forEach((node) => add(node, 0.75));
    expect(sent.map(({ nodes }) => nodes.map(([node]) => node))).toEqual([['a', 'b', 'c']]);
    made.flush(backlog);
    made.flush(backlog);
    expect(sent.map(({ nodes }) => nodes.length)).toEqual([3, 2]);
    expect(Atomics.load(backlog, 0)).toBe(5 * 768);
    expect(sent.map(({ kilobytes }) => kilobytes)).toEqual([3 * 768, 2 * 768]);
  });

  it('leave memory that is not used again before it comes back', () => {
    const { sent, add, giveBack, transferred } = handOver();
    const bufferOf = (i: number) => [...sent[i]!.nodes[0]![1].values()][0]!.data.buffer;
    add('a', 3);
    add('b', 3);
    expect(bufferOf(1)).not.toBe(bufferOf(0));
    giveBack.postMessage([bufferOf(0)]);
    add('c', 3);
    add('d', 3);
    // The same memory under another name.
    new Uint8Array(bufferOf(0))[8] = 77;
    expect(new Uint8Array(bufferOf(3))[8]).toBe(77);
    expect(transferred).toEqual([0, 0, 0, 0]);
    add('e', 11);
    expect(transferred.at(-1)).toBe(1);
  });

  it('are forgotten where reading them failed', () => {
    const { made, sent, add, backlog } = handOver();
    add('a', 1);
    made.drop();
    made.flush(backlog);
    expect(sent).toEqual([]);
  });
});
