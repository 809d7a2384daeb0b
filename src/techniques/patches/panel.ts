import type { ImagePixels } from '../../model/model.ts';
import type { LayerInfo, Network } from '../../model/network.ts';
import { colourChannels } from '../../model/preprocess.ts';
import { isAtBorder } from '../../schema/outside.ts';
import type { ArrayFile, Box, ComputedPanel } from '../technique.ts';
import { clipBox, fieldOfUnit } from '../unit-field.ts';
import type { Cell } from './cells.ts';
import { cutPixels, cutValues, hatchOutside, onGrey, resize } from './cells.ts';
import { effectiveBox } from './effective-box.ts';
import type { ComputedPatch, ComputedPatchFacts, ComputedPosition } from './facts.ts';
import { cellAt, compose, layoutOf } from './layout.ts';
import type { PanelLayout } from './layout.ts';
import type { Nearest } from './nearest.ts';
import type { PatchesPayload } from './payload.ts';
import type { Projected } from './project.ts';
import type { Candidate, FilterRecord } from './strongest.ts';

/** Flag of a panel with a patch that shows what lies outside its image. */
export const OUTSIDE = 'outside';

/** Patches up to this side show single pixels, enlarged: what a lossy image would blur. */
const SMALL_PATCH = 24;

/** Patches are small and many of their edges are the photograph's own: less may be lost than of an image that is one. */
function compressionFor(patches: readonly ComputedPatch[]): 'lossless' | 'fine' {
  const small = patches.every(({ box }) => Math.max(box.width, box.height) <= SMALL_PATCH);
  return small ? 'lossless' : 'fine';
}

const projectionFile = (position: number): string => `projection-${position}`;

/**
 * What a cell shows of the input: the unit's receptive field, with what of it lies outside the image, so that all patches of a layer
 * have one scale and the unit in the middle. Along an axis where the field is longer than the image, the whole image instead: it
 * would be a small part of its own patch.
 */
export function shownBox(layer: LayerInfo, place: number, [height, width]: readonly number[]): Box {
  const field = fieldOfUnit(layer, place, [height!, width!]);
  return {
    ...(field.width > width! ? { x: 0, width: width! } : { x: field.x, width: field.width }),
    ...(field.height > height! ? { y: 0, height: height! } : { y: field.y, height: field.height }),
  };
}

/** The panels of a layer's filters all have this layout. */
export function panelLayout(
  layer: LayerInfo,
  input: readonly number[],
  { top, projection, cell }: Pick<PatchesPayload, 'top' | 'projection' | 'cell'>,
): PanelLayout {
  return layoutOf(shownBox(layer, 0, input), top, projection !== 'none', cell);
}

/** One filter's patches as they come in, and the finished panel. */
export class PatchPanel {
  readonly #layout: PanelLayout;
  readonly #patches: (Cell | undefined)[] = [];
  readonly #projections: (Cell | undefined)[] = [];
  readonly #effective: (Box | undefined)[] = [];
  readonly #values: (ArrayFile | undefined)[] = [];

  constructor(
    private readonly network: Network,
    private readonly layer: LayerInfo,
    private readonly filter: number,
    private readonly chosen: readonly Candidate[],
    /** By `border: avoid`, strongest first. */
    private readonly avoided: readonly Candidate[],
    private readonly payload: PatchesPayload,
  ) {
    this.#layout = panelLayout(layer, network.inputShape, payload);
  }

  /** @param pixels of the image that the patch at this position lies in */
  takePatch(position: number, pixels: ImagePixels): void {
    this.#patches[position] = hatchOutside(this.#fit(cutPixels(pixels, this.#shown(position))));
  }

  takeProjection(position: number, { region, values, signal }: Projected): void {
    const size = this.network.inputShape;
    const [height, width, channels] = size;
    const known = { values, region, channels };
    const cell = this.#fit(cutValues(known, this.#shown(position), size));
    this.#projections[position] = hatchOutside(onGrey(cell, colourChannels(this.network.preprocess)));
    this.#effective[position] = effectiveBox(signal, region, channels);
    if (!this.payload.values) return;
    const whole = { x: 0, y: 0, width, height };
    const { data } = cutValues(known, whole, size);
    this.#values[position] = { kind: 'array', shape: [height, width, channels], data };
  }

  /** @param nearest filters of the layer, nearest first */
  finish(record: FilterRecord, nearest: readonly Nearest[] | undefined): ComputedPanel {
    const layout = this.#layout;
    const patches = this.chosen.map((candidate, position): ComputedPatch => {
      const effective = this.#effective[position];
      return {
        ...this.#whereIs(candidate),
        at: cellAt(layout, position, 'left'),
        ...(layout.pair ? { projectionAt: cellAt(layout, position, 'right') } : {}),
        ...(effective ? { effective } : {}),
        ...(this.#values[position] ? { values: projectionFile(position) } : {}),
      };
    });
    const [height, width] = this.network.inputShape;
    const image = { height, width };
    const flags = [
      ...(record.finite ? [] : ['nan']),
      ...(patches.length === 0 && record.finite ? ['silent'] : []),
      ...(patches.some((patch) => isAtBorder(patch, image)) ? [OUTSIDE] : []),
    ];
    const { maxima, classMeans } = record;
    const facts = {
      patches,
      ...(this.payload.border === 'avoid'
        ? { leftOut: this.avoided.map((candidate) => this.#whereIs(candidate)) }
        : {}),
      ...(maxima ? { maxima } : {}),
      ...(classMeans ? { classMeans: [...classMeans] } : {}),
      ...(nearest?.length ? { nearest: [...nearest] } : {}),
    } satisfies ComputedPatchFacts;
    return {
      ...{ kind: 'image', filter: this.filter, width: layout.width, height: layout.height, channels: 3 },
      data: compose(layout, this.#patches as Cell[], this.#projections as Cell[]),
      range: patches.length > 0 ? [patches.at(-1)!.activation, patches[0]!.activation] : [0, 0],
      ...(flags.length > 0 ? { flags } : {}),
      ...(patches.length > 0 ? { compression: compressionFor(patches) } : {}),
      facts,
      files: Object.fromEntries(
        this.#values.flatMap((values, position) => (values ? [[projectionFile(position), values]] : [])),
      ),
    };
  }

  #whereIs({ image, place, activation }: Candidate): ComputedPosition {
    const { inputShape } = this.network;
    const receptiveField = fieldOfUnit(this.layer, place, inputShape);
    const box = clipBox(receptiveField, inputShape);
    const reachesOutside = box.width < receptiveField.width || box.height < receptiveField.height;
    return { image, box, ...(reachesOutside ? { receptiveField } : {}), activation };
  }

  #shown(position: number): Box {
    return shownBox(this.layer, this.chosen[position]!.place, this.network.inputShape);
  }

  #fit(cell: Cell): Cell {
    const { width, height } = this.#layout.cell;
    return resize(cell, width, height);
  }
}
