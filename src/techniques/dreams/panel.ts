import { isStillRising } from '../../optim/convergence.ts';
import type { Dream } from '../../optim/dream.ts';
import { interleave, toBytes } from '../../optim/float-image.ts';
import { measure } from '../maps.ts';
import type { ComputedPanel } from '../technique.ts';
import type { Best } from './compare.ts';
import type { ComputedDreamFacts } from './facts.ts';
import type { DreamPayload } from './payload.ts';

const CURVE_POINTS = 64;

/** A finished image with all that is known of how it came to be. */
export function dreamPanel(dream: Dream, best: Best | undefined, payload: DreamPayload): ComputedPanel {
  const { image, activation, curve } = dream;
  const { height, width, channels } = image;
  const data = Float32Array.from(toBytes(image));
  const finite = image.data.every((value) => Number.isFinite(value)) && Number.isFinite(activation);
  const flags = [
    ...(finite ? [] : ['nan']),
    ...(dream.dead ? ['dead'] : []),
    ...(!dream.dead && isStillRising(curve) ? ['unconverged'] : []),
  ];
  const score = best && best.activation > 0 ? activation / best.activation : undefined;
  const facts = {
    ...{ objective: nameOf(payload), method: payload.method },
    activation: Number.isFinite(activation) ? activation : null,
    ...(best && Number.isFinite(best.activation) ? { best } : {}),
    ...(score !== undefined && Number.isFinite(score) ? { score } : {}),
    ...{ steps: curve.length, seed: payload.seed, curve: thinned(curve).filter(Number.isFinite) },
  } satisfies ComputedDreamFacts;
  return {
    ...('filter' in payload.target ? { filter: payload.target.filter } : {}),
    ...{ kind: 'image', height, width, channels, data, range: measure(data).range },
    ...(flags.length > 0 ? { flags } : {}),
    facts,
    files: {
      ...(payload.values
        ? { values: { kind: 'array', shape: [height, width, channels], data: interleave(image) } }
        : {}),
      ...(dream.frames.length > 0 ? { frames: { kind: 'frames', frames: dream.frames } } : {}),
    },
  };
}

function nameOf({ target, objective, negative }: DreamPayload): string {
  const name = 'filter' in target ? objective : 'direction';
  return negative ? `negative ${name}` : name;
}

/** At most so many points, evenly, the first and the last among them. */
export function thinned(curve: readonly number[], most = CURVE_POINTS): number[] {
  if (curve.length <= most) return [...curve];
  return Array.from({ length: most }, (_, i) => curve[Math.round((i * (curve.length - 1)) / (most - 1))]!);
}
