import type { Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMakeFunctions, NativeFunction } from '../../../src/backend/native/function.ts';
import { nativeBackend } from '../../../src/backend/native/backend.ts';
import { eachSample, Repeats } from '../../../src/backend/repeats.ts';
import { tf } from '../../../src/backend/tf.ts';
import { availableBackends, useBackend } from '../with-backend.ts';

const random = (seed: number, ...shape: number[]): Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

const bits = (tensor: Tensor): Int32Array => new Int32Array(Float32Array.from(tensor.dataSync()).buffer);

describe.runIf(availableBackends.includes('tensorflow'))('functions of native operations', () => {
  beforeAll(() => useBackend('tensorflow'));

  it('are there after a setup of this version', () => {
    expect(canMakeFunctions()).toBe(true);
  });

  /** What is made once, and what the function gives for other numbers, beside what the operations give for those. */
  function compare(run: (...inputs: Tensor[]) => Tensor[], ...shapes: number[][]): void {
    const before = tf.memory().numTensors;
    const first = shapes.map((shape, i) => random(i + 1, ...shape));
    const { results, made } = NativeFunction.make(first, () => run(...first));
    expect(made).toBeDefined();
    const others = shapes.map((shape, i) => random(i + 100, ...shape));
    const expected = run(...others);
    // Twice: nothing may be written over what it was given.
    for (let time = 0; time < 2; time++) {
      const given = made!.run(others);
      given.forEach((tensor, i) => {
        expect(tensor.shape).toEqual(expected[i]!.shape);
        expect(bits(tensor)).toEqual(bits(expected[i]!));
      });
      tf.dispose(given);
    }
    made!.dispose();
    tf.dispose([...first, ...others, ...results, ...expected]);
    expect(tf.memory().numTensors).toBe(before);
  }

  it('give the bits that the operations give one by one, whatever the numbers', () => {
    const kernel = tf.keep(random(7, 3, 3, 4, 8)) as never;
    const bias = tf.keep(random(8, 8));
    const depthwise = tf.keep(random(9, 3, 3, 4, 1)) as never;
    const short = tf.keep(random(10, 4));
    compare(
      (x) => tf.tidy(() => [tf.relu6(tf.add(tf.conv2d(x as never, kernel, [2, 1], 'same'), bias))]),
      [2, 9, 8, 4],
    );
    compare(
      (x) => tf.tidy(() => [tf.mean(tf.div(x!, 7), [1, 2]), tf.softmax(tf.reshape(x!, [2, 288]))]),
      [2, 9, 8, 4],
    );
    compare((x) => tf.tidy(() => tf.split(x!, 4, 3)), [2, 9, 8, 4]);
    compare((x, y) => tf.tidy(() => [tf.matMul(x as never, y as never, false, true)]), [5, 6], [7, 6]);
    compare(
      (x) =>
        tf.tidy(() => [
          tf.maxPool(
            tf.pad(x as never, [
              [0, 0],
              [1, 0],
              [0, 1],
              [0, 0],
            ]),
            3,
            2,
            'valid',
          ),
        ]),
      [...[1, 9, 8, 4]],
    );
    // TensorFlow makes one operation of each of these.
    for (const activation of ['relu', 'relu6'] as const) {
      const merged = { filter: kernel, strides: 1, pad: 'same', activation } as const;
      compare((x) => tf.tidy(() => [tf.fused.conv2d({ ...merged, x: x as never, bias })]), [2, 9, 8, 4]);
      const apart = { ...merged, filter: depthwise, bias: short };
      compare((x) => tf.tidy(() => [tf.fused.depthwiseConv2d({ ...apart, x: x as never })]), [2, 9, 8, 4]);
    }
    compare((x) => tf.tidy(() => [tf.where(tf.greater(x!, 0), x!, tf.mul(x!, tf.scalar(0.1)))]), [3, 5]);
    tf.dispose([kernel, bias, depthwise, short]);
  });

  it('give the gradient of overlapping pooling windows beside the pooling itself, as the operation does alone', () => {
    const attributes = { filterSize: 3, strides: 2, pad: 'same' };
    compare(
      (x, signal) =>
        tf.tidy(() => {
          const input = tf.relu(x!);
          const output = tf.maxPool(input as never, 3, 2, 'same');
          const dy = tf.mul(output, signal!);
          return [tf.engine().runKernel('MaxPoolGrad', { dy, input, output }, attributes) as Tensor];
        }),
      [2, 17, 15, 8],
      [2, 9, 8, 8],
    );
  });

  it('hand on an input, and one result twice', () => {
    compare((x) => tf.tidy(() => [x!.clone(), tf.neg(x!)]), [2, 3]);
    compare(
      (x) => {
        const sum = tf.add(x!, 1);
        return [sum, sum.clone()];
      },
      [2, 3],
    );
  });

  it('let go of inputs that the run disposes, and of all they made themselves', () => {
    const { binding } = nativeBackend() as unknown as { binding: { getNumOfTensors(): number } };
    const before = binding.getNumOfTensors();
    const input = random(1, 2, 3);
    const { results, made } = NativeFunction.make([input], () => {
      const halved = tf.tidy(() => tf.mul(input, tf.scalar(0.5)));
      input.dispose();
      return [halved];
    });
    expect(made).toBeDefined();
    const other = random(2, 2, 3);
    tf.dispose([...made!.run([other]), ...results, other]);
    made!.dispose();
    expect(binding.getNumOfTensors()).toBe(before);
  });

  it('are not made of what reads numbers on the way, or computes nothing', () => {
    const input = random(1, 4);
    const read = NativeFunction.make([input], () => [tf.mul(input, input.dataSync()[0]!)]);
    const inner = NativeFunction.make([input], () => [tf.mul(input, tf.add(input, 1).dataSync()[0]!)]);
    const nothing = NativeFunction.make([input], () => [input.clone()]);
    for (const { made, results } of [read, inner, nothing]) {
      expect(made).toBeUndefined();
      tf.dispose([...results]);
    }
    input.dispose();
  });

  it('are not used where the graph gives other bits', () => {
    const input = random(1, 2, 3);
    const backend = nativeBackend();
    const { TF_ATTR_TYPE: type, TF_FLOAT, TF_INT32 } = backend.binding;
    const attributes = [
      { name: 'dtype', type, value: TF_FLOAT },
      { name: 'T', type, value: TF_INT32 },
    ];
    const { made, results } = NativeFunction.make([input], () => {
      const shape = backend.getInputTensorIds([tf.tensor1d([2, 3], 'int32')]);
      const drawn = backend.createOutputTensor(
        backend.binding.executeOp('RandomStandardNormal', attributes, shape, 1)[0]!,
      );
      return [tf.add(input, drawn)];
    });
    expect(made).toBeUndefined();
    tf.dispose([...results, input]);
  });
});

describe.each(availableBackends)('what is repeated on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  let repeats: Repeats;
  beforeAll(() => {
    repeats = new Repeats(2);
  });
  afterAll(() => repeats.dispose());

  const runs = (key: string, times: number, ...shape: number[]): number => {
    let run = 0;
    for (let time = 0; time < times; time++) {
      const input = random(time, ...shape);
      const results = repeats.run(key, [input], () => {
        run++;
        return [tf.mul(input, tf.scalar(3))];
      });
      const expected = tf.mul(input, tf.scalar(3));
      expect(bits(results[0]!)).toEqual(bits(expected));
      tf.dispose([...results, expected, input]);
    }
    return run;
  };

  it('runs its operations four times, and then as one', () => {
    expect(runs('threefold', 9, 2, 2)).toBe(backend === 'tensorflow' ? 4 : 9);
    // Other shapes are another computation.
    expect(runs('threefold', 3, 2, 3)).toBe(3);
  });

  it('forgets what has not been asked for the longest', () => {
    runs('a', 5, 2);
    runs('b', 5, 2);
    expect(runs('a', 2, 2)).toBe(backend === 'tensorflow' ? 0 : 2);
    runs('c', 1, 2);
    expect(runs('a', 1, 2)).toBe(backend === 'tensorflow' ? 0 : 1);
    expect(runs('b', 5, 2)).toBe(backend === 'tensorflow' ? 4 : 5);
  });

  it('makes what is repeated within it a part of its graph', () => {
    let inner = 0;
    for (let time = 0; time < 9; time++) {
      const input = random(time, 3, 2);
      const [result] = repeats.run('outer', [input], () => {
        const [square] = repeats.run('inner', [input], () => {
          inner++;
          return [tf.square(input)];
        });
        return [tf.tidy(() => tf.add(square!, 1))];
      });
      expect(bits(result!)).toEqual(bits(tf.tidy(() => tf.add(tf.square(input), 1))));
      tf.dispose([result!, input]);
    }
    expect(inner).toBe(backend === 'tensorflow' ? 4 : 9);
  });

  it('runs each sample of a batch by itself where that makes one graph', () => {
    const [maps, factors] = [random(1, 5, 2, 3), random(2, 5, 1, 3)];
    const sizes: number[] = [];
    const results = eachSample([maps, factors], ([own, by]) => {
      sizes.push(own!.shape[0]!);
      return [tf.mul(own!, by!), tf.sum(own!, [1, 2])];
    });
    expect(sizes).toEqual(backend === 'tensorflow' ? [1, 1, 1, 1, 1] : [5]);
    expect(bits(results[0]!)).toEqual(bits(tf.mul(maps, factors)));
    expect(results[1]!.shape).toEqual([5]);
    tf.dispose([...results, maps, factors]);
  });

  it('stays out of TensorFlow.js own gradients', () => {
    for (let time = 0; time < 6; time++) {
      const gradient = tf.tidy(() =>
        tf.grad((x: Tensor) => repeats.run('square', [x], () => [tf.square(x)])[0]!)(tf.tensor1d([3])),
      );
      expect([...gradient.dataSync()]).toEqual([6]);
      gradient.dispose();
    }
  });
});
