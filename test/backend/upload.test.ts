import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { copyToBackend, moveToBackend } from '../../src/backend/upload.ts';
import { unfilledFloats } from '../../src/model/unfilled.ts';
import { availableBackends, useBackend } from './with-backend.ts';

describe.each(availableBackends)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('weights belong to the backend, whatever their memory is used for then', () => {
    const sizes = Array.from({ length: 200 }, (_, i) => 1 + ((i * 37) % 300) * 16);
    const tensors = sizes.map((size, i) => moveToBackend(unfilledFloats(size).fill(i), [size]));
    // Takes the memory of what was let go.
    const others = sizes.map((size) => unfilledFloats(size).fill(-1));
    expect(others.every((each) => each.at(-1) === -1)).toBe(true);
    tensors.forEach((tensor, i) => expect(new Set(tensor.dataSync())).toEqual(new Set([i])));
    tf.dispose(tensors);
  });

  it('lets go of memory that it has copied', () => {
    const values = unfilledFloats(100).fill(2);
    const tensor = moveToBackend(values, [100]);
    expect(values).toHaveLength(0);
    expect(tensor.dataSync()[99]).toBe(2);
    tensor.dispose();
  });

  it('leaves arrays that are copied to whoever has them', () => {
    const values = unfilledFloats(4).fill(3);
    copyToBackend(values, [2, 2]).dispose();
    expect([...values]).toEqual([3, 3, 3, 3]);
  });

  it('may go on using memory that begins anywhere', () => {
    const whole = Array.from({ length: 64 }, () => new Float32Array(1024).fill(4));
    const tensors = whole.map((values) => moveToBackend(values, [1024]));
    const others = whole.map(() => new Float32Array(1024).fill(5));
    expect(others).toHaveLength(64);
    for (const tensor of tensors) expect(new Set(tensor.dataSync())).toEqual(new Set([4]));
    tf.dispose(tensors);
  });
});
