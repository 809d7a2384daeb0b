import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { openModel } from '../../src/model/open.ts';
import { channelObjective } from '../../src/optim/objective.ts';
import { randomFrom } from '../../src/random.ts';
import { PATTERN_CLASSES } from '../../src/schema/generated.ts';
import { drawPattern, patternMask } from '../../src/synthetic/patterns.ts';
import { atInput } from '../../src/techniques/attribution/at-input.ts';
import { METHODS } from '../../src/techniques/attribution/attribution-types.ts';
import type {
  Attribution,
  Method,
  MethodSettings,
} from '../../src/techniques/attribution/attribution-types.ts';
import { hasLayerMaps } from '../../src/techniques/attribution/layers.ts';
import { attributionBy } from '../../src/techniques/attribution/methods.ts';
import { collect, Scoring } from '../../src/techniques/attribution/scoring.ts';
import type { Input } from '../../src/techniques/attribution/scoring.ts';
import { boxOf, energyIn, pointsInto } from './metrics.ts';
import type { Box } from './metrics.ts';

export interface MeasureOptions {
  readonly perClass: number;
  readonly riseMasks: number;
  /** Absolute. */
  readonly cache: string;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Not the seeds of PatternNet's training or of the shipped report. */
const SEED = 1905;

interface Totals {
  images: number;
  pointed: number;
  energy: number;
}

/** Prints a row for each method, and for a random map and one that is highest in the middle: a table in Markdown. */
export async function measureBoxes({
  perClass,
  riseMasks,
  cache,
  print,
  signal,
}: MeasureOptions): Promise<void> {
  const source = await openModel(
    { source: { kind: 'zoo', name: 'patternnet' }, includeTop: true, inputChannels: 3 },
    { cacheDir: cache, seed: 1, place: () => ({ file: 'patternnet' }) },
  );
  const model = await createModel(source);
  const [height, width, channels] = model.network.inputShape;
  const scoring = new Scoring(model, tf, { layer: model.layers.length - 1, preactivation: true });
  const last = model.layers.findLast(({ outputShape }) => outputShape.length === 3)!;
  const settings: MethodSettings = {
    ...{ samples: 50, noise: 0.15, cells: 8, kept: 0.5, seed: SEED },
    ...{
      window: [Math.ceil(height / 3), Math.ceil(width / 3)],
      stride: [(height / 3) >> 1, (width / 3) >> 1],
    },
    coarseToFine: true,
  };
  const totals = new Map<string, Totals>();
  const add = (name: string, map: Float32Array, box: Box): void => {
    const total = totals.get(name) ?? { images: 0, pointed: 0, energy: 0 };
    total.images++;
    total.pointed += pointsInto(map, width, box) ? 1 : 0;
    total.energy += energyIn(map, width, box);
    totals.set(name, total);
  };
  let area = 0;
  let wrong = 0;
  for (const [unit, name] of PATTERN_CLASSES.entries()) {
    for (let index = 0; index < perClass; index++) {
      if (signal.aborted) return;
      const options = { size: [height, width], seed: SEED } as const;
      const mask = await patternMask(name, index, options);
      const box = mask && boxOf(mask, width);
      if (!box) continue;
      const tensor = model.input(await drawPattern(name, index, options));
      const input: Input = { shape: [height, width, channels], data: (await tensor.data()) as Float32Array };
      tensor.dispose();
      const [logits] = await collect(scoring.outputs(input.shape, 1, (_, into) => into.set(input.data)));
      // What a map of a wrong class lies on says nothing of the method.
      if (logits!.indexOf(Math.max(...logits!)) !== unit) {
        wrong++;
        continue;
      }
      area += ((box.bottom - box.top) * (box.right - box.left)) / (height * width);
      const noise = randomFrom(`boxes ${name} ${index}`);
      add(
        'random map',
        Float32Array.from({ length: height * width }, () => noise()),
        box,
      );
      add('centre', fromCentre(height, width), box);
      for (const method of METHODS) {
        const samples = method === 'rise' ? riseMasks : method === 'smoothgrad' ? 25 : 50;
        const request = { scoring, input, layers: [last.index], settings: { ...settings, samples } };
        const maps = await attributionBy(method)(request, [channelObjective(unit)]);
        add(method, whole(method, maps[0]![0]!), box);
      }
    }
  }
  const images = totals.get('centre')?.images ?? 0;
  print(
    `${images} images, ${wrong} left out as they are misclassified; mean share of the box ${percent(area / images)}`,
  );
  print('| map | pointing game | share of positive values in the box |');
  print('| --- | --- | --- |');
  for (const [name, { pointed, energy }] of totals) {
    print(`| ${name} | ${percent(pointed / images)} | ${percent(energy / images)} |`);
  }
  model.dispose();

  function whole(method: Method, map: Attribution): Float32Array {
    return hasLayerMaps(method) ? atInput(map, last, [height, width]) : map.data;
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** Highest in the middle, falling evenly to 0 in the corners. */
function fromCentre(height: number, width: number): Float32Array {
  const most = Math.hypot(height / 2, width / 2);
  return Float32Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    return 1 - Math.hypot(y + 0.5 - height / 2, x + 0.5 - width / 2) / most;
  });
}
