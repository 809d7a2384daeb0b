import { randomFrom } from '../random.ts';
import type { Random } from '../random.ts';
import { fromColorGradient, toColors } from './color.ts';
import type { Parameterization } from './parameterization.ts';
import type { Size } from './float-image.ts';
import { createSpectrum, naturalScale, resizeCoefficients } from './spectrum.ts';

/**
 * Images of which only the phases are free (MACO: Fel et al., NeurIPS 2023): every frequency is as strong as in natural images, and
 * where its waves have their crests is what an ascent changes. Such an image can't be made of fine noise, nor be flat.
 *
 * The phases lie where the coefficients of the real transform lie (`fourierBasis`). With a = 2πky·y/height and b = 2πkx·x/width,
 * the four coefficients of one pair of frequencies make two plane waves, one each way across:
 *
 *     A cos(a + b + α) = A cos α (cos a cos b - sin a sin b) - A sin α (sin a cos b + cos a sin b)
 *     B cos(a - b + β) = B cos β (cos a cos b + sin a sin b) - B sin β (sin a cos b - cos a sin b)
 *
 * α is kept in the place of cos·cos, β in that of sin·sin; sin·cos and cos·sin hold nothing. Where one of the two frequencies is 0 or
 * alternates, two coefficients make one wave. Where both do there is no phase: there a coefficient is its magnitude times cos φ,
 * as in the authors' transform, whose imaginary part falls away.
 */
export function maco(size: Size, channels: 1 | 3): Parameterization {
  const { height, width } = size;
  const spectrum = createSpectrum(size, channels);
  const magnitudes = naturalMagnitudes(size);
  const waves = wavesOf(size);
  const plane = height * width;
  /** What `render` was last given, by the image that it gave: the backward pass needs the phases. */
  const phasesOf = new WeakMap<Float32Array, Float32Array>();
  return {
    ...{ height, width, channels },
    start: (random) => Float32Array.from({ length: channels * plane }, () => randomPhase(random)),
    async render(phases) {
      const coefficients = new Float32Array(phases.length);
      for (let start = 0; start < phases.length; start += plane) {
        toCoefficients(
          waves,
          magnitudes,
          phases.subarray(start, start + plane),
          coefficients.subarray(start, start + plane),
        );
      }
      const image = toColors(await spectrum.toSpace(coefficients), channels);
      phasesOf.set(image, phases.slice());
      return image;
    },
    async pullBack(image, gradient) {
      const phases = phasesOf.get(image)!;
      const pulled = await spectrum.toFrequencies(fromColorGradient(image, gradient, channels));
      const out = new Float32Array(phases.length);
      for (let start = 0; start < phases.length; start += plane) {
        const part = (values: Float32Array): Float32Array => values.subarray(start, start + plane);
        fromCoefficients(waves, magnitudes, part(phases), part(pulled), part(out));
      }
      return out;
    },
    settle: () => {},
    resized(to) {
      const rearrange = (values: Float32Array): Float32Array =>
        resizeCoefficients(values, channels, size, to);
      const known = rearrange(new Float32Array(channels * plane).fill(1));
      const move = (phases: Float32Array): Float32Array => {
        // Waves that only the other size can hold: all with one phase would be a flash in a corner.
        const random = randomFrom(`phases ${to.height} ${to.width}`);
        const fresh = Float32Array.from(known, () => randomPhase(random));
        return rearrange(phases).map((phase, i) => (known[i] === 1 ? phase : fresh[i]!));
      };
      return { next: maco(to, channels), rearrange, move };
    },
    dispose: () => spectrum.dispose(),
  };
}

const randomPhase = (random: Random): number => Math.PI * (2 * random() - 1);

/**
 * Root mean square of the coefficients at each place, [height, width]: 1/f, and such that the values of an image have a variance of 1
 * (what the authors bring it to after the transform; with magnitudes that never change it is one factor).
 */
export function naturalMagnitudes(size: Size): Float32Array {
  const scale = naturalScale(size);
  const energy = scale.reduce((sum, value) => sum + value * value, 0) - scale[0]! ** 2;
  const factor = Math.sqrt(scale.length / energy);
  return scale.map((value) => factor * value);
}

/** Coefficients that share their frequencies. */
interface Waves {
  /** cos·cos, cos·sin, sin·cos, sin·sin: two waves. */
  readonly fours: readonly (readonly [number, number, number, number])[];
  /** Cosine and sine along one axis, the other one constant or alternating: one wave. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly singles: readonly number[];
}

function wavesOf({ height, width }: Size): Waves {
  const rows = linesOf(height);
  const columns = linesOf(width);
  const at = (row: number, column: number): number => row * width + column;
  const fours: Waves['fours'][number][] = [];
  const pairs: Waves['pairs'][number][] = [];
  const singles: number[] = [];
  for (const [row, rowSine] of rows) {
    for (const [column, columnSine] of columns) {
      if (rowSine !== undefined && columnSine !== undefined) {
        fours.push([at(row, column), at(row, columnSine), at(rowSine, column), at(rowSine, columnSine)]);
      } else if (rowSine !== undefined) pairs.push([at(row, column), at(rowSine, column)]);
      else if (columnSine !== undefined) pairs.push([at(row, column), at(row, columnSine)]);
      else singles.push(at(row, column));
    }
  }
  return { fours, pairs, singles };
}

/** Columns of the basis that make one frequency: [constant or alternating], or [cosine, sine]. */
function linesOf(n: number): readonly (readonly [number, number?])[] {
  const lines: [number, number?][] = [[0]];
  for (let column = 1; column < n; column += 2) lines.push(column + 1 < n ? [column, column + 1] : [column]);
  return lines;
}

function toCoefficients(
  { fours, pairs, singles }: Waves,
  magnitudes: Float32Array,
  phases: Float32Array,
  into: Float32Array,
): void {
  for (const [cc, cs, sc, ss] of fours) {
    const size = magnitudes[cc]!;
    const [cosA, sinA] = [size * Math.cos(phases[cc]!), size * Math.sin(phases[cc]!)];
    const [cosB, sinB] = [size * Math.cos(phases[ss]!), size * Math.sin(phases[ss]!)];
    into[cc] = cosA + cosB;
    into[ss] = cosB - cosA;
    into[sc] = -sinA - sinB;
    into[cs] = sinB - sinA;
  }
  for (const [cosine, sine] of pairs) {
    // One wave has the strength of two coefficients; above, two have that of four.
    const size = magnitudes[cosine]! * Math.SQRT2;
    into[cosine] = size * Math.cos(phases[cosine]!);
    into[sine] = -size * Math.sin(phases[cosine]!);
  }
  for (const place of singles) into[place] = magnitudes[place]! * Math.cos(phases[place]!);
}

/** The gradient with respect to the phases from that with respect to the coefficients. */
function fromCoefficients(
  { fours, pairs, singles }: Waves,
  magnitudes: Float32Array,
  phases: Float32Array,
  gradient: Float32Array,
  into: Float32Array,
): void {
  for (const [cc, cs, sc, ss] of fours) {
    const size = magnitudes[cc]!;
    const [gcc, gcs, gsc, gss] = [gradient[cc]!, gradient[cs]!, gradient[sc]!, gradient[ss]!];
    const [a, b] = [phases[cc]!, phases[ss]!];
    into[cc] = size * ((gss - gcc) * Math.sin(a) - (gsc + gcs) * Math.cos(a));
    into[ss] = size * ((gcs - gsc) * Math.cos(b) - (gcc + gss) * Math.sin(b));
  }
  for (const [cosine, sine] of pairs) {
    const size = magnitudes[cosine]! * Math.SQRT2;
    const phase = phases[cosine]!;
    into[cosine] = -size * (gradient[cosine]! * Math.sin(phase) + gradient[sine]! * Math.cos(phase));
  }
  for (const place of singles)
    into[place] = -magnitudes[place]! * gradient[place]! * Math.sin(phases[place]!);
}
