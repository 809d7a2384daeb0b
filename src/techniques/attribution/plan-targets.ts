import type { ClassHead } from '../../model/class-head.ts';
import type { LayerInfo } from '../../model/network.ts';
import { byLikeness } from '../../likeness.ts';
import { expectedClasses, plain, unitOf } from '../expected-classes.ts';
import type { ClassMapping } from '../expected-classes.ts';
import { filterlessProblem, hasFilters } from '../maps.ts';
import { noClassesProblem } from '../no-classes.ts';
import type { ExperimentImage, PlanningContext } from '../technique.ts';
import type { Target } from './payload.ts';
import type { TargetSetting } from './target-setting.ts';

export interface PlannedTargets {
  /** Of one image, as many for each. */
  of(image: ExperimentImage): readonly Target[];
  /** Absent where no target is a class. */
  readonly head?: ClassHead;
  /** The layers whose values are explained. */
  readonly layers: readonly LayerInfo[];
}

interface TargetSettings {
  readonly target: readonly TargetSetting[];
  readonly classes?: ClassMapping | undefined;
}

/** Undefined where a target cannot be had; all problems are reported. */
export function planTargets(
  { target: targets, classes: mapping }: TargetSettings,
  images: readonly ExperimentImage[],
  context: PlanningContext,
): PlannedTargets | undefined {
  const { classHead: head, classes, layers } = context;
  const ofClasses = targets.some(({ kind }) => kind !== 'unit');
  if (ofClasses && !head) {
    const last = layers.findLast((layer) => hasFilters(layer))!;
    const unit = `To explain a unit of any layer, write \`target: {layer: NAME, filter: INDEX}\`, such as \`{layer: ${last.name}, filter: 0}\`.`;
    context.problem('target', noClassesProblem(layers, unit));
    return undefined;
  }
  const expected = targets.some(({ kind }) => kind === 'expected' || kind === 'difference');
  if (mapping && !expected) {
    context.problem('classes', {
      what: '`classes` applies to `target: expected` and `target: difference` only.',
    });
    return undefined;
  }
  const ofImages = expected ? expectedClasses(images, head!.units, mapping, context) : undefined;
  const without = ofImages && images.find(({ index }) => !ofImages.has(index));
  if (without) {
    context.problem('target', {
      what: `The model has no class for image \`${without.file}\`.`,
      why:
        without.class === undefined
          ? 'The image has no class: it is in no sub-folder of the image set.'
          : `It is of the class \`${without.class}\`${classes ? '' : ', and the classes of the model have no names'}.`,
      hint: 'Say which class of the model is meant with `classes: {folder: name or index}`, or choose other images.',
      ...(classes && without.class !== undefined ? { choices: byLikeness(without.class, classes) } : {}),
    });
    return undefined;
  }
  const fixed = targets.map((one) => resolve(one, context));
  if (fixed.includes('wrong')) return undefined;
  const named = fixed.flatMap((one) =>
    typeof one === 'object' && one.kind === 'unit' ? [layers[one.layer]!] : [],
  );
  return {
    of: (image) =>
      targets.map((one, i): Target => {
        if (one.kind === 'predicted') return { kind: 'predicted' };
        if (one.kind === 'class' || one.kind === 'unit') return fixed[i] as Target;
        return { kind: one.kind, unit: ofImages!.get(image.index)! };
      }),
    ...(ofClasses && head ? { head } : {}),
    layers: [...new Set([...(ofClasses ? [layers[head!.layer]!] : []), ...named])],
  };
}

/** Undefined where it depends on the image. */
function resolve(target: TargetSetting, context: PlanningContext): Target | 'wrong' | undefined {
  const { classHead: head, classes, layers, problem } = context;
  if (target.kind === 'class') {
    const byName = new Map((classes ?? []).map((name, unit) => [plain(name), unit] as const).reverse());
    const unit = unitOf(target.class, head!.units, byName);
    if (unit !== undefined) return { kind: 'class', unit };
    problem('target', {
      what: `The model has no class \`${target.class}\`.`,
      ...(typeof target.class === 'number' || !classes
        ? { why: `Its classes are numbered 0 to ${head!.units - 1}${classes ? '' : ', and have no names'}.` }
        : { choices: byLikeness(target.class, classes) }),
    });
    return 'wrong';
  }
  if (target.kind !== 'unit') return undefined;
  const layer =
    typeof target.layer === 'number'
      ? layers[target.layer]
      : layers.find(({ name }) => name === target.layer);
  if (!layer || !hasFilters(layer)) {
    problem('target', {
      what: layer ? filterlessProblem(layer) : `The network has no layer \`${target.layer}\`.`,
      choices: layer
        ? []
        : byLikeness(
            String(target.layer),
            layers.map(({ name }) => name),
          ),
    });
    return 'wrong';
  }
  const [filter] = context.resolveFilters({ kind: 'indices', indices: [target.filter] }, layer, 'target');
  return filter === undefined ? 'wrong' : { kind: 'unit', layer: layer.index, filter };
}
