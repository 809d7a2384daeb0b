import { encodeFrames } from '../image/frames.ts';
import type { Store } from '../store/store.ts';
import type { DreamFacts, RawArray, RawFrame, RawPanel, RawPatch } from '../techniques/technique.ts';
import { encodeNpy } from './npy.ts';

/**
 * What a panel tells beside its picture, on its way from the model thread into the store: facts as JSON in the header of the
 * pack, arrays and frames as files of their own.
 */

export type PatchFacts = Omit<RawPatch, 'values'>;

export interface PanelFacts extends Pick<
  RawPanel,
  'score' | 'curve' | 'dream' | 'leftOut' | 'maxima' | 'classMeans'
> {
  readonly patches?: readonly PatchFacts[];
}

/** Names among the store's assets. */
export interface PanelFiles {
  readonly values?: string;
  /** One for each patch; null where it has none. */
  readonly patchValues?: readonly (string | null)[];
  readonly frames?: FrameFiles;
}

export interface FrameFiles {
  readonly animation: string;
  readonly strip: string;
  /** Of one frame. */
  readonly width: number;
  readonly height: number;
  readonly steps: readonly number[];
}

/** Arrays of one panel that become files; the panel's position in the unit says whose they are. */
export interface PanelArrays {
  readonly panel: number;
  readonly values?: RawArray;
  readonly patchValues?: readonly (RawArray | null)[];
  readonly frames?: readonly RawFrame[];
}

/** Undefined where there is nothing to tell. JSON knows finite numbers only: what is not finite is left out. */
export function factsOf(panel: RawPanel): PanelFacts | undefined {
  const { score, curve, dream, leftOut, maxima, classMeans } = panel;
  const facts: PanelFacts = {
    ...(score !== undefined && Number.isFinite(score) ? { score } : {}),
    ...(curve ? { curve: curve.filter(Number.isFinite) } : {}),
    ...(dream ? { dream: withFiniteBest(dream) } : {}),
    ...(panel.patches ? { patches: keptPatches(panel).map(withoutValues) } : {}),
    ...(leftOut ? { leftOut } : {}),
    ...(maxima ? { maxima } : {}),
    ...(classMeans ? { classMeans: classMeans.filter(({ mean }) => Number.isFinite(mean)) } : {}),
  };
  return Object.keys(facts).length > 0 ? facts : undefined;
}

function withFiniteBest({ best, ...facts }: DreamFacts): DreamFacts {
  return best && Number.isFinite(best.activation) ? { ...facts, best } : facts;
}

function keptPatches({ patches = [] }: RawPanel): readonly RawPatch[] {
  return patches.filter(({ activation }) => Number.isFinite(activation));
}

function withoutValues({ values: _, ...facts }: RawPatch): PatchFacts {
  return facts;
}

/** Copies that may be handed to another thread: a view into the backend's memory may not. */
export function arraysOf(panels: readonly RawPanel[]): PanelArrays[] {
  return panels.flatMap((raw, panel): PanelArrays[] => {
    const { values, frames } = raw;
    const patches = keptPatches(raw);
    const arrays: PanelArrays = {
      panel,
      ...(values ? { values: copied(values) } : {}),
      ...(patches.some((patch) => patch.values)
        ? { patchValues: patches.map((patch) => (patch.values ? copied(patch.values) : null)) }
        : {}),
      ...(frames && frames.length > 0
        ? { frames: frames.map((frame) => ({ ...frame, data: frame.data.slice() })) }
        : {}),
    };
    return Object.keys(arrays).length > 1 ? [arrays] : [];
  });
}

function copied({ shape, data }: RawArray): RawArray {
  return { shape: [...shape], data: data.slice() };
}

/** Memory that goes over to the other thread with them. */
export function buffersOf(all: readonly PanelArrays[]): ArrayBuffer[] {
  return all.flatMap(({ values, patchValues, frames }) =>
    [values, ...(patchValues ?? []), ...(frames ?? [])].flatMap((each) =>
      each ? [each.data.buffer as ArrayBuffer] : [],
    ),
  );
}

/** Writes a panel's arrays as .npy, its frames as an animation and as one picture with all of them in a row. */
export async function keepArrays(arrays: PanelArrays, store: Store): Promise<PanelFiles> {
  const { values, patchValues, frames } = arrays;
  const npy = ({ shape, data }: RawArray): Promise<string> => store.putAsset(encodeNpy(shape, data), 'npy');
  return {
    ...(values ? { values: await npy(values) } : {}),
    ...(patchValues
      ? { patchValues: await Promise.all(patchValues.map((each) => (each ? npy(each) : null))) }
      : {}),
    ...(frames ? { frames: await keepFrames(frames, store) } : {}),
  };
}

async function keepFrames(frames: readonly RawFrame[], store: Store): Promise<FrameFiles> {
  const { width, height } = frames[0]!;
  const { animation, strip } = await encodeFrames(
    frames.map((frame) => ({ width: frame.width, height: frame.height, rgb: frame.data })),
  );
  return {
    animation: await store.putAsset(animation, 'webp'),
    strip: await store.putAsset(strip, 'webp'),
    ...{ width, height, steps: frames.map(({ step }) => step) },
  };
}

export function namesOf({ values, patchValues = [], frames }: PanelFiles): string[] {
  const names = [values, ...patchValues, frames?.animation, frames?.strip];
  return names.filter((name) => typeof name === 'string');
}
