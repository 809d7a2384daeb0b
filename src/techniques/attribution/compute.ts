import type { Model } from '../../model/model.ts';
import { channelObjective } from '../../optim/objective.ts';
import type { Objective } from '../../optim/objective.ts';
import { measure } from '../maps.ts';
import type { ComputeContext, ComputedPanel, JobOutput, JobSpec } from '../technique.ts';
import type { Attribution, AttributionMethod } from './attribution-types.ts';
import { cascade, curvesOf, randomizedCorrelations, uniformInput } from './controls.ts';
import { IGNORES_FROM, IGNORES_MODEL } from './facts.ts';
import type { AttributionFacts, Controls } from './facts.ts';
import { camsAtOnce } from './cams.ts';
import { hasLayerMaps } from './layers.ts';
import { attributionBy, isCam, isCheap } from './methods.ts';
import type { AttributionPayload } from './payload.ts';
import { rankCorrelation } from './rank-correlation.ts';
import { collect, scoreOf, Scoring } from './scoring.ts';
import type { Input } from './scoring.ts';
import { probabilities, resolveTarget } from './targets.ts';
import type { ResolvedTarget } from './targets.ts';

const payloadOf = ({ payload }: JobSpec): AttributionPayload => payload as AttributionPayload;

/** Bytes of weights that randomized networks may take before they are made anew for every image. */
const MOST_KEPT = 512e6;

/** Explains the images of jobs that differ in image and layer only: each image runs through the network once for all of its layers. */
export async function* attribute(
  jobs: readonly JobSpec[],
  context: ComputeContext,
): AsyncIterable<JobOutput> {
  const { model, tf, signal } = context;
  const randomized = new Map<number, Promise<readonly (readonly Scoring[])[]>>();
  const stagesFor: StagesFor = (scoring, whole) => {
    const { layer } = scoring.at;
    const known = randomized.get(layer) ?? shuffledStages(scoring, whole, context.seed);
    randomized.set(layer, known);
    return known;
  };
  const release = async (): Promise<void> => {
    for (const stages of randomized.values())
      for (const { model: made } of (await stages).flat()) made.dispose();
    randomized.clear();
  };
  const bytes = 4 * model.layers.reduce((sum, { parameters }) => sum + parameters, 0);
  try {
    const images = [...new Set(jobs.map((job) => job.images[0]!))];
    const atOnce = isCam(payloadOf(jobs[0]!).method) ? camsAtOnce() : 1;
    for (let first = 0; first < images.length; first += atOnce) {
      if (signal.aborted) return;
      const explained = await allOf(
        images.slice(first, first + atOnce).map(async (image) => {
          const tensor = model.input(await context.pixels(image));
          const [, height, width, channels] = tensor.shape;
          const input: Input = {
            shape: [height, width, channels],
            data: (await tensor.data()) as Float32Array,
          };
          tensor.dispose();
          const found: JobOutput[] = [];
          for (const own of byTargets(jobs, image)) {
            const run = new ImageRun(
              input,
              own.map((job) => jobs[job]!),
              { model, tf, seed: context.seed },
              stagesFor,
            );
            const panels = await run.panels();
            for (const [k, job] of own.entries()) found.push({ job, panels: panels[k]! });
          }
          return found;
        }),
      );
      yield* explained.flat();
      if (bytes * 7 > MOST_KEPT) await release();
    }
  } finally {
    await release();
  }
}

/** Of work at the same time. What fails is thrown once nothing is under way any more. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Positions of the jobs of one image, those together that explain the same scores: views may differ in them. */
function byTargets(jobs: readonly JobSpec[], image: number): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  for (const [index, job] of jobs.entries()) {
    if (job.images[0] !== image) continue;
    const { targets, head } = payloadOf(job);
    const key = JSON.stringify([targets, head]);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()];
}

type StagesFor = (scoring: Scoring, whole: boolean) => Promise<readonly (readonly Scoring[])[]>;

/** Networks whose weights are all in random order, each in another: of one alone, maps of few places may be like others by chance. */
const WHOLLY_RANDOM = 3;

async function shuffledStages(
  scoring: Scoring,
  whole: boolean,
  seed: number,
): Promise<readonly (readonly Scoring[])[]> {
  const stages: Scoring[][] = [];
  const trained = scoring.model.trainedLayers(scoring.at.layer);
  for (const layers of cascade(trained, whole)) {
    const count = whole && layers.length === trained.length ? WHOLLY_RANDOM : 1;
    const stage: Scoring[] = [];
    for (let i = 0; i < count; i++) stage.push(scoring.of(await scoring.model.shuffled(layers, seed + i)));
    stages.push(stage);
  }
  return stages;
}

interface Machine {
  readonly model: Model;
  readonly tf: ComputeContext['tf'];
  readonly seed: number;
}

/** All jobs of one image. */
class ImageRun {
  readonly #shared: AttributionPayload;
  readonly #method: AttributionMethod;
  readonly #layers: readonly number[];

  constructor(
    readonly input: Input,
    readonly jobs: readonly JobSpec[],
    readonly machine: Machine,
    readonly stagesFor: StagesFor,
  ) {
    this.#shared = payloadOf(jobs[0]!);
    this.#method = attributionBy(this.#shared.method);
    const layers = jobs.map((job) => payloadOf(job).layer);
    this.#layers = layers.some((layer) => layer === null) ? [] : (layers as number[]);
  }

  /** By job, then by target. */
  async panels(): Promise<readonly (readonly ComputedPanel[])[]> {
    const { targets } = this.#shared;
    const resolved = await this.#resolve();
    const panels: ComputedPanel[][] = this.jobs.map(() => []);
    // Targets at one layer share passes.
    const places = new Map<string, number[]>();
    for (const [i, { scoring }] of resolved.entries()) {
      const key = JSON.stringify(scoring.at);
      places.set(key, [...(places.get(key) ?? []), i]);
    }
    for (const positions of places.values()) {
      const found = await this.#explain(positions.map((i) => resolved[i]!));
      for (const [k, i] of positions.entries()) {
        for (const job of this.jobs.keys()) panels[job]![i] = found[k]![job]!;
      }
    }
    return panels.map((ofJob) => targets.map((_, i) => ofJob[i]!));
  }

  async #resolve(): Promise<readonly ResolvedTarget[]> {
    const { head, activation, targets } = this.#shared;
    const { model, tf } = this.machine;
    const { shape, data } = this.input;
    const classes =
      head < 0 ? undefined : new Scoring(model, tf, { layer: head, preactivation: activation !== null });
    const fill = (_: number, into: Float32Array): void => into.set(data);
    const logits = classes && (await collect(classes.outputs(shape, 1, fill)))[0]!;
    const resolved: ResolvedTarget[] = [];
    for (const target of targets) {
      if (target.kind !== 'unit') {
        resolved.push(resolveTarget(target, classes!, logits!, activation));
        continue;
      }
      const scoring = new Scoring(model, tf, { layer: target.layer, preactivation: false });
      const objective = channelObjective(target.filter);
      const output = (await collect(scoring.outputs(shape, 1, fill)))[0]!;
      const score = scoreOf(output, scoring.outputShape, objective);
      resolved.push({ kind: 'unit', scoring, objective, unit: target.filter, score });
    }
    return resolved;
  }

  /** By target, then by job. */
  async #explain(targets: readonly ResolvedTarget[]): Promise<readonly (readonly ComputedPanel[])[]> {
    const { scoring } = targets[0]!;
    const { settings, controls } = this.#shared;
    const request = { scoring, input: this.input, layers: this.#layers, settings };
    const others = controls ? targets.flatMap(({ other }) => (other ? [other] : [])) : [];
    const objectives: readonly Objective[] = [...targets, ...others].map(({ objective }) => objective);
    const all = await this.#method(request, objectives);
    const maps = all.slice(0, targets.length);
    const checks = controls ? await this.#controls(targets, maps, all.slice(targets.length)) : undefined;
    return targets.map((target, i) =>
      this.jobs.map((job, k) => this.#panel(job, target, maps[i]![k]!, checks?.[i]?.[k])),
    );
  }

  async #controls(
    targets: readonly ResolvedTarget[],
    maps: readonly (readonly Attribution[])[],
    ofOthers: readonly (readonly Attribution[])[],
  ): Promise<readonly (readonly Controls[])[]> {
    const { method, settings, activation } = this.#shared;
    const { scoring } = targets[0]!;
    const objectives = targets.map(({ objective }) => objective);
    const request = { scoring, input: this.input, layers: this.#layers, settings };
    const trained = scoring.model.trainedLayers(scoring.at.layer);
    const whole = isCheap(method);
    const stages = await this.stagesFor(scoring, whole);
    const correlations = await randomizedCorrelations(this.#method, request, objectives, maps, stages);
    const uniform = await this.#method({ ...request, input: uniformInput(this.input) }, objectives);
    const counts = cascade(trained, whole).map((layers) => layers.length);
    let next = 0;
    const found: Controls[][] = [];
    for (const [i, target] of targets.entries()) {
      const other = target.other ? { unit: target.other.unit, maps: ofOthers[next++]! } : undefined;
      const own: Controls[] = [];
      for (const [k, map] of maps[i]!.entries()) {
        const isSilent = map.data.every((value) => value === 0);
        own.push({
          randomized: counts.map((layers, stage) => ({ layers, correlation: correlations[i]![k]![stage]! })),
          ...(other && {
            otherClass: {
              unit: other.unit,
              correlation: rankCorrelation(map.data, other.maps[k]!.data) ?? null,
            },
          }),
          uniform: rankCorrelation(map.data, uniform[i]![k]!.data) ?? null,
          ...(payloadOf(this.jobs[k]!).curves && !isSilent && target.kind !== 'difference'
            ? await this.#curves(target, map, hasLayerMaps(method) ? this.#layers[k]! : -1, activation)
            : {}),
        });
      }
      found.push(own);
    }
    return found;
  }

  #curves(
    { scoring, objective, unit, score, kind }: ResolvedTarget,
    map: Attribution,
    layer: number,
    activation: AttributionPayload['activation'],
  ): Promise<Pick<Controls, 'deletion' | 'insertion'>> {
    const measured = (output: Float32Array): number =>
      kind === 'unit'
        ? score === 0
          ? 0
          : scoreOf(output, scoring.outputShape, objective) / score
        : probabilities(output, activation)[unit]!;
    return curvesOf(scoring, this.input, { map, layer }, measured, this.machine.seed);
  }

  #panel(
    job: JobSpec,
    target: ResolvedTarget,
    map: Attribution,
    controls: Controls | undefined,
  ): ComputedPanel {
    const { method, values } = payloadOf(job);
    const { height, width, data, channels, units, completeness } = map;
    const { range, flags = [] } = measure(data);
    const ignores = controls !== undefined && (controls.randomized.at(-1)?.correlation ?? 0) >= IGNORES_FROM;
    const facts: AttributionFacts = {
      method,
      target: {
        kind: target.kind,
        layer: this.machine.model.layers[target.scoring.at.layer]!.name,
        unit: target.unit,
        ...(target.against === undefined ? {} : { against: target.against }),
      },
      score: finite(target.score),
      ...(target.probability === undefined ? {} : { probability: finite(target.probability) }),
      ...(completeness && { completeness: completenessFacts(completeness) }),
      ...(units && { units: [...units] }),
      ...(controls && { controls }),
    };
    const depth = channels ? channels.length / data.length : 1;
    return {
      ...{ kind: 'map', image: 0, height, width, channels: 1, data, range },
      flags: ignores ? [...flags, IGNORES_MODEL] : flags,
      facts,
      ...(values
        ? { files: { values: { kind: 'array', shape: [height, width, depth], data: channels ?? data } } }
        : {}),
    };
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function completenessFacts({ sum, difference }: NonNullable<Attribution['completeness']>) {
  const error = difference === 0 ? null : finite(Math.abs(sum - difference) / Math.abs(difference));
  return { sum: finite(sum) ?? 0, difference: finite(difference) ?? 0, error };
}
