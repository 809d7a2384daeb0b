import { expectConstant, expectMaps } from '../builder.ts';
import type { Maps, Value } from '../builder.ts';
import type { Constant } from '../constant.ts';
import { mapValues } from '../fold-arithmetic.ts';
import { FoldError } from '../fold-error.ts';
import { dequantized } from '../fold-quantized.ts';
import { clipped } from './activation.ts';
import { convolve } from './convolution.ts';
import { combineTwo } from './elementwise.ts';
import { denseAlong } from './linear.ts';
import type { Operator, Step } from './operator.ts';

const NOTICE =
  'The model is quantized. It is computed in float32 with the weights that its integers stand for, so that maps are not rounded to steps.';

/** The smallest and greatest whole number of the quantized types; uint8 where there is no zero point to say it. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65_535],
  int16: [-32_768, 32_767],
};

/**
 * Rounding to whole steps is left out, but not what it does to values beyond the range: a quantized ReLU is nothing but a range that
 * begins at 0.
 */
function ranged(step: Step, maps: Maps, scale: Constant, zero: Constant | undefined): Maps {
  const [least, greatest] = RANGES[zero?.stored ?? 'uint8'] ?? [-Infinity, Infinity];
  const at = zero?.values()[0] ?? 0;
  if (scale.values().length !== 1) throw new FoldError('it has a scale for each channel of a map');
  return at === least ? clipped(step, maps, 0, (greatest - at) * scale.values()[0]!) : maps;
}

const quantize: Operator = (step) => {
  step.notice(NOTICE);
  const { inputs, attributes } = step;
  attributes.integer('axis', 1);
  attributes.integer('saturate', 1);
  const zero = inputs[2] && expectConstant(inputs[2], 'its zero point');
  return [ranged(step, expectMaps(inputs[0]), expectConstant(inputs[1], 'its scale'), zero)];
};

/** Values of the image were never turned into whole numbers. */
const dequantize: Operator = (step) => {
  step.attributes.integer('axis', 1);
  return [expectMaps(step.inputs[0])];
};

const parameters = (step: Step, at: number): readonly [Constant, Constant | undefined] => {
  const zero = step.inputs[at + 1];
  return [expectConstant(step.inputs[at], 'its scale'), zero && expectConstant(zero, 'its zero point')];
};

const qLinearConv: Operator = (step) => {
  step.notice(NOTICE);
  const { inputs, builder } = step;
  const [xScale] = parameters(step, 1);
  const weights = expectConstant(inputs[3], 'its weight');
  const [wScale, wZero] = parameters(step, 4);
  const [yScale, yZero] = parameters(step, 6);
  const kernel = dequantized(weights, wScale, wZero, 0, builder.budget);
  const bias = inputs[8] && expectConstant(inputs[8], 'its bias');
  const scaleOf = xScale.values()[0]!;
  // A bias is stored in steps of both scales.
  const real =
    bias &&
    dequantized(
      bias,
      mapValues(wScale, builder.budget, (scale) => scale * scaleOf, 'float'),
      undefined,
      0,
      builder.budget,
    );
  return [ranged(step, convolve(step, expectMaps(inputs[0]), kernel, real), yScale, yZero)];
};

const qLinearMatMul: Operator = (step) => {
  step.notice(NOTICE);
  const { inputs, builder } = step;
  const maps = expectMaps(inputs[0]);
  const weights = expectConstant(inputs[3], 'its weight');
  const [bScale, bZero] = parameters(step, 4);
  const [yScale, yZero] = parameters(step, 6);
  const kernel = dequantized(weights, bScale, bZero, -1, builder.budget);
  if (kernel.shape.length !== 2)
    throw new FoldError(`its weights have the shape [${kernel.shape.join(', ')}]`);
  const result = denseAlong(step, maps, maps.shape.length - 1, kernel, undefined);
  return [ranged(step, result, yScale, yZero)];
};

/** An operand of the form value, scale, zero point. */
function operand(step: Step, at: number): Value {
  const value = step.inputs[at];
  if (value?.kind !== 'constant') return expectMaps(value);
  const [scale, zero] = parameters(step, at + 1);
  return dequantized(value, scale, zero, 0, step.builder.budget);
}

const qLinearTwo =
  (type: string): Operator =>
  (step) => {
    step.notice(NOTICE);
    const result = combineTwo(step, type, operand(step, 0), operand(step, 3));
    return [ranged(step, result, ...parameters(step, 6))];
  };

const qLinearGlobalAveragePool: Operator = (step) => {
  step.notice(NOTICE);
  const { node, builder, attributes } = step;
  if (attributes.integer('channels_last', 0) !== 0)
    throw new FoldError('its `channels_last` is not supported');
  const maps = builder.asImages(node, expectMaps(step.inputs[0]));
  const result = builder.emit(node, 'GlobalAveragePooling2D', { keepdims: true }, [maps]);
  return [ranged(step, result, ...parameters(step, 3))];
};

/** Those of com.microsoft are what onnxruntime's quantizer writes. */
export const quantizedOperators: Readonly<Record<string, Operator>> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  'com.microsoft.QLinearAdd': qLinearTwo('Add'),
  'com.microsoft.QLinearMul': qLinearTwo('Multiply'),
  'com.microsoft.QLinearGlobalAveragePool': qLinearGlobalAveragePool,
};
