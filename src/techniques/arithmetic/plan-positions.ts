import type { LayerInfo } from '../../model/network.ts';
import type { PlanningContext } from '../technique.ts';
import type { Rectangle } from './facts.ts';
import { walkOver, windowOf } from './geometry.ts';
import { MOST_STEPS, MOST_TAPS } from './settings.ts';
import type { Position, Settings } from './settings.ts';

/** What a panel is of: one place, that of the greatest value, or a walk. */
export type PlannedPosition =
  | { readonly kind: 'at'; readonly place: readonly [row: number, column: number] }
  | { readonly kind: 'strongest' }
  | { readonly kind: 'walk'; readonly places: Rectangle; readonly patch: Rectangle };

const DEFAULT_CROP = [5, 5] as const;

/** The positions of one layer; what cannot be shown is reported, with its limit. */
export function planPositions(
  layer: LayerInfo,
  settings: Settings,
  context: PlanningContext,
): readonly PlannedPosition[] {
  const { formula, inputShape } = context.formula(layer)!;
  const window = windowOf(context.formula(layer)!);
  if (settings.functions.length > 0 && (formula.kind === 'max' || formula.kind === 'mean')) {
    context.problem('functions', {
      what: `\`functions\` does not apply to layer \`${layer.name}\` (${layer.type}): pooling has no activation function.`,
    });
  }
  if (window && window.size[0] * window.size[1] > MOST_TAPS) {
    context.problem('layers', {
      what: `A window of layer \`${layer.name}\` spans ${window.size.join(' x ')} values.`,
      why: `The limit is ${MOST_TAPS} values, as in 16 x 16: every one of them is written out.`,
    });
    return [];
  }
  const positions: readonly Position[] = settings.positions ?? ['strongest'];
  const walks = positions.includes('walk');
  for (const key of ['crop', 'corner'] as const) {
    if (!settings[key] || walks) continue;
    context.problem(key, {
      what: `\`${key}\` applies to \`positions: walk\` only.`,
      hint: 'Add `walk` to `positions`, or remove the key.',
    });
  }
  if (layer.outputShape.length === 1) {
    if (settings.positions) {
      context.problem('positions', {
        what: `\`positions\` does not apply to layer \`${layer.name}\`: its output is a vector, whose units have no position.`,
      });
    }
    return [{ kind: 'at', place: [0, 0] }];
  }
  const [height, width] = layer.outputShape as [number, number];
  return positions.flatMap((position): PlannedPosition[] => {
    if (position === 'strongest') return [{ kind: 'strongest' }];
    if (position !== 'walk') {
      if (position[0] < height && position[1] < width) return [{ kind: 'at', place: position }];
      context.problem('positions', {
        what: `Layer \`${layer.name}\` has no position [${position.join(', ')}].`,
        why: `Its map has rows 0 to ${height - 1} and columns 0 to ${width - 1}.`,
      });
      return [];
    }
    if (!window) {
      context.problem('positions', {
        what: `\`walk\` does not apply to layer \`${layer.name}\` (${layer.type}): no window moves over its input.`,
        choices: ['[2, 3]', 'strongest'],
      });
      return [];
    }
    const crop = cropOf(settings);
    const input = [inputShape[0]!, inputShape[1]!] as const;
    if (crop.top + crop.rows > input[0] || crop.left + crop.columns > input[1]) {
      context.problem('crop', {
        what: `A crop of ${crop.rows} x ${crop.columns} at [${crop.top}, ${crop.left}] is larger than the input of layer \`${layer.name}\`.`,
        why: `Its input is ${input.join(' x ')}.`,
      });
      return [];
    }
    const walk = walkOver(window, input, [height, width], crop);
    const steps = walk ? walk.places.rows * walk.places.columns : 0;
    if (walk && steps <= MOST_STEPS) return [{ kind: 'walk', ...walk }];
    context.problem('crop', {
      what: walk
        ? `\`walk\` over ${crop.rows} x ${crop.columns} values has ${steps} positions in layer \`${layer.name}\`. The limit is ${MOST_STEPS}.`
        : `No window of layer \`${layer.name}\` lies within ${crop.rows} x ${crop.columns} values at [${crop.top}, ${crop.left}].`,
      why: `Its window spans ${window.size.join(' x ')} values and moves by ${window.stride.join(' x ')}.`,
      hint: walk ? 'Use a smaller `crop`.' : 'Use a larger `crop`, or another `corner`.',
    });
    return [];
  });
}

function cropOf({ crop = DEFAULT_CROP, corner = [0, 0] }: Settings): Rectangle {
  return { top: corner[0], left: corner[1], rows: crop[0], columns: crop[1] };
}
