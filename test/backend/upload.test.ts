import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { copyToBackend, isCopied } from '../../src/backend/upload.ts';
import { WeightMemory } from '../../src/model/reading/weight-memory.ts';
import { unfilledFloats } from '../../src/model/unfilled.ts';
import { availableBackends, useBackend } from './with-backend.ts';

describe.each(availableBackends)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('has copied weights that lie as it says, whatever their memory is used for then', () => {
    const sizes = Array.from({ length: 200 }, (_, i) => 1 + ((i * 37) % 300) * 16);
    const memory = new WeightMemory();
    const tensors = sizes.map((size, i) => {
      const { buffer, byteOffset } = memory.take(4 * size);
      const values = new Float32Array(buffer, byteOffset, size).fill(i);
      expect(isCopied(values)).toBe(true);
      const tensor = copyToBackend(values, [size]);
      values.fill(-1);
      return tensor;
    });
    tensors.forEach((tensor, i) => expect(new Set(tensor.dataSync())).toEqual(new Set([i])));
    tf.dispose(tensors);
  });

  it('leaves arrays that are copied to whoever has them', () => {
    const values = unfilledFloats(4).fill(3);
    copyToBackend(values, [2, 2]).dispose();
    expect([...values]).toEqual([3, 3, 3, 3]);
  });

  it('says of no memory that it is copied which it uses', () => {
    const whole = Array.from({ length: 64 }, () => new Float32Array(1024).fill(4));
    const copied = whole.map(isCopied);
    const tensors = whole.map((values) => copyToBackend(values, [1024]));
    whole.forEach((values, i) => copied[i] && values.fill(5));
    for (const tensor of tensors) expect(new Set(tensor.dataSync())).toEqual(new Set([4]));
    tf.dispose(tensors);
  });
});
