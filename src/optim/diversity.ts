import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';

/** Keeps a norm of nothing from being divided by. */
const EPSILON = 1e-10;

/**
 * How alike the images of a batch are in style: the mean over the images of the summed cosines of their Gram matrices
 * with those of the others (Lucid's diversity). 0 for an image alone.
 * @param output float32 [images, height, width, channels] or [images, units]
 */
export function styleSimilarity(output: Tensor): { readonly value: Tensor; readonly gradient: Tensor } {
  const count = output.shape[0]!;
  const channels = output.shape.at(-1)!;
  return tf.tidy(() => {
    const maps = tf.reshape(output, [count, -1, channels]) as Tensor3D; // [images, places, channels]
    const grams = tf.matMul(maps, maps, true, false); // [images, channels, channels]
    const norms = tf.sqrt(tf.add(tf.sum(tf.square(grams), [1, 2], true), EPSILON));
    const unit = tf.div(grams, norms);
    const others = tf.sub(tf.sum(unit, 0, true), unit);
    const value = tf.div(tf.sum(tf.mul(unit, others)), count);
    // Both ends of a pair feel the other: hence the 2. Gram matrices are symmetric: hence the second one.
    const pull = tf.mul(others, 2 / count);
    const along = tf.sum(tf.mul(pull, unit), [1, 2], true);
    const toGrams = tf.div(tf.sub(pull, tf.mul(unit, along)), norms);
    const gradient = tf.reshape(tf.mul(tf.matMul(maps, toGrams as Tensor3D), 2), output.shape);
    return { value, gradient };
  });
}

/**
 * What pushes the images of a batch apart, to be added to their objectives' signal. In units of the objectives
 * themselves, whose size differs a thousandfold between layers.
 * @param weight how much being alike costs, as a share of the objective
 */
export function diversityGradient(weight: number): (output: Tensor, values: readonly number[]) => Tensor {
  return (output, values) => {
    const size = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
    const { value, gradient } = styleSimilarity(output);
    const signal = tf.mul(gradient, -weight * size);
    tf.dispose([value, gradient]);
    return signal;
  };
}
