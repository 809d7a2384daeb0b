import { describe, expect, it } from 'vitest';
import { encodeNpy } from '../../../src/pipeline/results/npy.ts';

describe('encodeNpy', () => {
  // The bytes that numpy.save writes for np.array([[[1.5, -2]]], dtype='<f4'), format version 1.0.
  it('writes what NumPy writes', () => {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2), }`;
    const head = Buffer.concat([
      Buffer.from([0x93]),
      Buffer.from('NUMPY'),
      Buffer.from([1, 0, 0x76, 0]),
      Buffer.from(header.padEnd(117, ' ') + '\n'),
    ]);
    expect(head.length % 64).toBe(0);
    const data = Buffer.from([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]);
    expect(encodeNpy([1, 1, 2], Float32Array.from([1.5, -2]))).toEqual(Buffer.concat([head, data]));
  });

  it('writes one dimension with its comma', () => {
    expect(encodeNpy([2], Float32Array.from([0, 0])).toString('latin1')).toContain(`'shape': (2,), }`);
  });
});
