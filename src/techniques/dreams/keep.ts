import type { Dream } from '../../optim/dream.ts';
import type { Memo, MemoKey, RawFrame } from '../technique.ts';
import type { DreamPayload } from './payload.ts';

/** A dream as it is kept: its frames are finished pictures. */
export interface KeptDream extends Omit<Dream, 'frames' | 'blocked'> {
  readonly frames: readonly RawFrame[];
}

/** Raised whenever the same settings make other dreams. */
const VERSION = 2;

/**
 * Dreams by what they are made from, which pictures are not: a photograph that is added changes what they are compared with, and
 * nothing is dreamt again.
 */
export class DreamMemory {
  constructor(
    private readonly memo: Memo,
    private readonly layer: number,
  ) {}

  async recall(payload: DreamPayload): Promise<readonly KeptDream[] | undefined> {
    const bytes = await this.memo.read(this.keyOf(payload));
    return bytes && decodeDreams(bytes, payload.diversity);
  }

  async keep(payload: DreamPayload, dreams: readonly KeptDream[]): Promise<void> {
    await this.memo.write(this.keyOf(payload), encodeDreams(dreams));
  }

  private keyOf({ values: _, ...about }: DreamPayload): MemoKey {
    return { finding: 'dream', version: VERSION, layer: this.layer, about };
  }
}

/** One line of JSON, then every picture as float32 and every frame as bytes, in order. */
export function encodeDreams(dreams: readonly KeptDream[]): Uint8Array {
  const parts = dreams.flatMap(({ picture, frames }) => [
    bytesOf(Float32Array.from(picture.data)),
    ...frames.map(({ data }) => bytesOf(data)),
  ]);
  const head = dreams.map(({ picture: { data: _, ...picture }, frames, ...facts }) => ({
    ...{ ...facts, activation: String(facts.activation), curve: facts.curve.map(String), picture },
    frames: frames.map(({ data: __, ...frame }) => frame),
  }));
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...parts]);
}

/** Undefined where the bytes are not so many whole dreams. */
export function decodeDreams(bytes: Uint8Array, count: number): readonly KeptDream[] | undefined {
  const end = bytes.indexOf(10);
  if (end < 0) return undefined;
  let offset = end + 1;
  // A Buffer's own slice is no copy: floats would begin where they may not.
  const whole = Uint8Array.from(bytes);
  const take = (length: number): Uint8Array => whole.slice(offset, (offset += length));
  try {
    const head = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString()) as Encoded[];
    const dreams = head.map(({ picture, frames, curve, activation, ...facts }): KeptDream => {
      const { height, width, channels } = picture;
      const { buffer } = take(4 * height * width * channels);
      return {
        ...{ ...facts, activation: Number(activation), curve: curve.map(Number) },
        picture: { ...picture, data: new Float32Array(buffer) },
        frames: frames.map((frame) => ({ ...frame, data: take(3 * frame.height * frame.width) })),
      };
    });
    return dreams.length === count && offset === bytes.length ? dreams : undefined;
  } catch {
    return undefined;
  }
}

/** JSON knows no NaN: numbers are written as text. */
interface Encoded extends Omit<KeptDream, 'activation' | 'curve' | 'picture' | 'frames'> {
  readonly activation: string;
  readonly curve: readonly string[];
  readonly picture: Omit<KeptDream['picture'], 'data'>;
  readonly frames: readonly Omit<RawFrame, 'data'>[];
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
