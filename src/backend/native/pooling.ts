import type { NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { execute, type NativeKernel, nativeKernel, registerNativeKernel } from './backend.ts';

/**
 * TensorFlow's MaxPoolGrad runs on one core and takes ten times as long as a pass over the map should. Where windows lie
 * side by side, comparisons do the same work on all cores, a third of the time in all: a window's signal goes to the
 * first of the places that hold its maximum.
 */
export function registerNativePooling(): void {
  const published = nativeKernel('MaxPoolGrad');
  if (!published) throw new Error('The native backend has no kernel MaxPoolGrad');
  registerNativeKernel('MaxPoolGrad', (call) => {
    const { dy, input, output } = call.inputs as Record<'dy' | 'input' | 'output', TensorInfo>;
    const window = sideBySide(input, call.attrs);
    return window ? toFirstMaximum(dy, input, output, window) : asAlone(published, call);
  });
}

/**
 * In a graph with the pooling itself TensorFlow would take oneDNN's kernel, which adds up the signals of overlapping windows in another
 * order than the operation alone, whose bits a graph must have. It does so where the output comes straight from the pooling.
 */
function asAlone(published: NativeKernel, call: Parameters<NativeKernel>[0]): TensorInfo {
  const { output } = call.inputs as Record<'output', TensorInfo>;
  const same = tf.tidy(() => execute(call.backend, 'Reshape', [output, tf.tensor1d(output.shape, 'int32')]));
  const gradient = published({ ...call, inputs: { ...call.inputs, output: same } });
  same.dispose();
  return gradient;
}

/** Height and width of the windows if they cover the input without overlap or rest. */
function sideBySide(input: TensorInfo, attrs: NamedAttrMap): readonly [number, number] | undefined {
  const { filterSize, strides, pad } = attrs as unknown as {
    readonly filterSize: [number, number] | number;
    readonly strides: [number, number] | number;
    readonly pad: 'valid' | 'same' | number;
  };
  const [height, width] = [filterSize, filterSize].flat() as [number, number];
  const [vertical, horizontal] = [strides, strides].flat() as [number, number];
  const [, rows, columns] = input.shape as [number, number, number, number];
  const whole = height === vertical && width === horizontal && rows % height === 0 && columns % width === 0;
  // Each place of a window costs a few operations on a part of the map.
  return whole && height * width <= 4 && (pad === 'valid' || pad === 'same') ? [height, width] : undefined;
}

function toFirstMaximum(
  dy: TensorInfo,
  input: TensorInfo,
  output: TensorInfo,
  [height, width]: readonly [number, number],
): TensorInfo {
  const [batch, rows, columns, channels] = input.shape as [number, number, number, number];
  // Strips of windows, side by side: [strip, row in window, window, column in window, channel].
  const strips = (batch * rows) / height;
  const windows = columns / width;
  const perWindow = [strips, 1, windows, 1, channels];
  return tf.tidy(() => {
    const maximal = tf.equal(
      tf.reshape(input as Tensor, [strips, height, windows, width, channels]),
      tf.reshape(output as Tensor, perWindow),
    );
    let earlier: Tensor | undefined;
    const lines: Tensor[] = [];
    for (let i = 0; i < height; i++) {
      const places: Tensor[] = [];
      for (let j = 0; j < width; j++) {
        const here = tf.slice(maximal, [0, i, 0, j, 0], perWindow);
        places.push(earlier ? tf.logicalAnd(here, tf.logicalNot(earlier)) : here);
        earlier = earlier ? tf.logicalOr(earlier, here) : here;
      }
      lines.push(tf.concat(places, 3));
    }
    const first = tf.cast(tf.concat(lines, 1), 'float32');
    return tf.reshape(tf.mul(first, tf.reshape(dy as Tensor, perWindow)), input.shape);
  });
}
