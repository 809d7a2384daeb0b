import type { Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../../backend/tf.ts';
import type { Crop, CropFinder } from '../../model/crop.ts';
import type { BackwardRule, ImagePixels, Model, Trace } from '../../model/model.ts';
import { mapShape } from '../maps.ts';
import type { Box } from '../technique.ts';
import { fieldOfUnit } from '../unit-field.ts';

export const PROJECTIONS = ['deconvnet', 'guided', 'gradient', 'gradient-x-input', 'none'] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** A unit whose activation is sent back to the pixels, and who wants to know what arrives. */
export interface Excited {
  readonly filter: number;
  /** y·width + x in the layer's map. */
  readonly place: number;
  readonly activation: number;
  readonly take: (projected: Projected) => void;
}

/** What came back to the input. */
export interface Projected {
  /** Where in the input; everywhere else it is zero. */
  readonly region: Box;
  /** float32 [region.height, region.width, channels of the input] */
  readonly values: Float32Array;
  /** The signal itself, where `values` are its products with the input; else the same. */
  readonly signal: Float32Array;
}

/** Pieces of pictures go through the network together, up to about one picture's pixels. */
const BATCH_PIXELS = 256 * 256;
const BATCH_PIECES = 64;

interface Piece {
  /** float32 [1, height, width, channels] */
  readonly input: Tensor4D;
  readonly region: Box;
  /** Of the unit in the layer's map for the piece. */
  readonly row: number;
  readonly column: number;
  readonly excited: Excited;
}

/**
 * Sends single activations of one layer back to the pixels, all others set to zero: the signal is the activation. What their
 * fields leave out of a picture is not computed: units have a piece each, many pieces at a time, or share one, whichever is less
 * work.
 */
export class Projector {
  readonly #waiting = new Map<string, Piece[]>();
  readonly #rule: BackwardRule;
  readonly #timesInput: boolean;

  /** @param findCrop gives undefined where the whole picture is to be used */
  constructor(
    private readonly model: Model,
    private readonly layer: number,
    projection: Exclude<Projection, 'none'>,
    private readonly findCrop: CropFinder,
  ) {
    this.#timesInput = projection === 'gradient-x-input';
    this.#rule = projection === 'gradient-x-input' ? 'gradient' : projection;
  }

  /** Projects units of one picture. Some results come later, at the latest with `finish`. */
  async add(pixels: ImagePixels, units: readonly Excited[]): Promise<void> {
    if (units.length === 0) return;
    const info = this.model.layers[this.layer]!;
    const [height, width] = this.model.network.inputShape;
    const whole: Crop = { x: 0, y: 0, width, height, row: 0, column: 0 };
    const fields = units.map(({ place }) => fieldOfUnit(info, place, [height, width]));
    const crops = fields.map((field) => this.findCrop(field) ?? whole);
    const common = this.findCrop(around(fields)) ?? whole;
    const input = this.model.input(pixels);
    try {
      // A piece for each unit goes there and back once; one piece for all goes there once, and back for each.
      const apart = crops.reduce((sum, crop) => sum + 2 * areaOf(crop), 0);
      if (areaOf(common) * (1 + units.length) <= apart) {
        const piece = cut(input, common);
        const pieces = units.map((excited) => this.#piece(piece, common, excited));
        await this.#sendTogether(piece, pieces).finally(() => piece.dispose());
      } else {
        for (const [position, crop] of crops.entries()) {
          await this.#wait(this.#piece(cut(input, crop), crop, units[position]!));
        }
      }
    } finally {
      input.dispose();
    }
  }

  #piece(input: Tensor4D, { x, y, width, height, row, column }: Crop, excited: Excited): Piece {
    const [, columns] = mapShape(this.model.layers[this.layer]!);
    return {
      ...{ input, excited, region: { x, y, width, height } },
      row: Math.floor(excited.place / columns) - row,
      column: (excited.place % columns) - column,
    };
  }

  /** Does what is left over. */
  async finish(): Promise<void> {
    for (const key of [...this.#waiting.keys()]) await this.#flush(key);
  }

  /** Frees pieces that nobody will wait for. */
  dispose(): void {
    for (const pieces of this.#waiting.values()) for (const { input } of pieces) input.dispose();
    this.#waiting.clear();
  }

  async #wait(piece: Piece): Promise<void> {
    const { width, height } = piece.region;
    const key = `${height}x${width}`;
    const pieces = this.#waiting.get(key) ?? [];
    pieces.push(piece);
    this.#waiting.set(key, pieces);
    if (pieces.length >= Math.min(BATCH_PIECES, Math.max(1, Math.floor(BATCH_PIXELS / (width * height))))) {
      await this.#flush(key);
    }
  }

  /** Pieces of one size, as a batch: one pass there and one back. */
  async #flush(key: string): Promise<void> {
    const pieces = this.#waiting.get(key)!;
    this.#waiting.delete(key);
    const inputs = pieces.map(({ input }) => input);
    const input = inputs.length === 1 ? inputs[0]!.clone() : tf.concat(inputs, 0);
    tf.dispose(inputs);
    try {
      const trace = this.model.trace(input, this.layer, { rules: [this.#rule] });
      await this.#sendBack(trace, input, pieces, false);
    } finally {
      input.dispose();
    }
  }

  /** Units of one whole picture: one pass there, and one back for each. */
  async #sendTogether(input: Tensor4D, pieces: readonly Piece[]): Promise<void> {
    if (pieces.length === 0) return;
    const trace = this.model.trace(input, this.layer, { rules: [this.#rule] });
    try {
      for (const [position, piece] of pieces.entries()) {
        await this.#sendBack(trace, input, [piece], position < pieces.length - 1);
      }
    } finally {
      trace.dispose();
    }
  }

  /** @param pieces one for each sample of the trace */
  async #sendBack(trace: Trace, input: Tensor4D, pieces: readonly Piece[], keep: boolean): Promise<void> {
    const signal = tf.tensor(signalOf(trace.output.shape, pieces), trace.output.shape, 'float32');
    let back: Tensor4D | undefined;
    try {
      back = trace.backward(signal, { rule: this.#rule, keep });
    } finally {
      signal.dispose();
      if (!keep) trace.dispose();
    }
    // Where the backend hands out a view of its own memory, it is gone with the tensor.
    const arrived = ((await back.data()) as Float32Array).slice();
    back.dispose();
    const shown = this.#timesInput ? ((await input.data()) as Float32Array) : undefined;
    const length = arrived.length / pieces.length;
    for (const [sample, { region, excited }] of pieces.entries()) {
      const part = arrived.subarray(sample * length, (sample + 1) * length);
      const values = shown ? part.map((value, i) => value * shown[sample * length + i]!) : part;
      excited.take({ region, values, signal: part });
    }
  }
}

const areaOf = ({ width, height }: Crop): number => width * height;

/** A copy of a piece of float32 [1, height, width, channels]. */
function cut(input: Tensor4D, { x, y, width, height }: Crop): Tensor4D {
  return tf.slice(input, [0, y, x, 0], [1, height, width, input.shape[3]]);
}

/** The smallest box around boxes. */
function around(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    ...{ x, y },
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

/** Zero but for one activation in each sample of [batch, height, width, channels] or [batch, units]. */
function signalOf(shape: readonly number[], pieces: readonly Piece[]): Float32Array {
  const signal = new Float32Array(shape.reduce((product, n) => product * n, 1));
  const channels = shape.at(-1)!;
  const columns = shape.length === 4 ? shape[2]! : 1;
  const length = signal.length / shape[0]!;
  for (const [sample, { row, column, excited }] of pieces.entries()) {
    signal[sample * length + (row * columns + column) * channels + excited.filter] = excited.activation;
  }
  return signal;
}
