import type { ImagePixels } from '../../model/model.ts';
import type { LayerInfo, Network } from '../../model/network.ts';
import { colourChannels, paddingColour } from '../../model/preprocess.ts';
import type { Box, RawPanel, RawPatch } from '../technique.ts';
import { clipBox, fieldOfUnit } from '../unit-field.ts';
import type { Cell } from './cells.ts';
import { cutPixels, cutValues, onGrey, resize } from './cells.ts';
import { effectiveBox } from './effective-box.ts';
import { cellAt, compose, layoutOf } from './layout.ts';
import type { PanelLayout } from './layout.ts';
import type { PatchesPayload } from './payload.ts';
import type { Projected } from './project.ts';
import type { Candidate, FilterRecord } from './strongest.ts';

/** What a cell shows of the input: a unit's field, and all of an axis that the field is no shorter than. */
export function shownBox(layer: LayerInfo, place: number, [height, width]: readonly number[]): Box {
  const field = fieldOfUnit(layer, place, [height!, width!]);
  return {
    ...(field.width >= width! ? { x: 0, width: width! } : { x: field.x, width: field.width }),
    ...(field.height >= height! ? { y: 0, height: height! } : { y: field.y, height: field.height }),
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
  readonly #facts: (Pick<RawPatch, 'effective' | 'values'> | undefined)[] = [];

  constructor(
    private readonly network: Network,
    private readonly layer: LayerInfo,
    private readonly filter: number,
    private readonly chosen: readonly Candidate[],
    private readonly payload: PatchesPayload,
  ) {
    this.#layout = panelLayout(layer, network.inputShape, payload);
  }

  /** @param pixels of the picture that the patch at this position lies in */
  takePatch(position: number, pixels: ImagePixels): void {
    const cell = cutPixels(pixels, this.#shown(position), paddingColour(this.network.preprocess));
    this.#patches[position] = this.#fit(cell);
  }

  takeProjection(position: number, { region, values, signal }: Projected): void {
    const [height, width, channels] = this.network.inputShape;
    const cell = this.#fit(cutValues(values, region, channels, this.#shown(position)));
    this.#projections[position] = onGrey(cell, colourChannels(this.network.preprocess));
    const effective = effectiveBox(signal, region, channels);
    const whole = { x: 0, y: 0, width, height };
    this.#facts[position] = {
      ...(effective ? { effective } : {}),
      ...(this.payload.values
        ? {
            values: {
              shape: [height, width, channels],
              data: cutValues(values, region, channels, whole).data,
            },
          }
        : {}),
    };
  }

  finish(record: FilterRecord): RawPanel {
    const layout = this.#layout;
    const { inputShape } = this.network;
    const patches = this.chosen.map(({ image, place, activation }, position): RawPatch => ({
      ...{ image, activation, at: cellAt(layout, position, 'left') },
      box: clipBox(fieldOfUnit(this.layer, place, inputShape), inputShape),
      ...(layout.pair ? { projectionAt: cellAt(layout, position, 'right') } : {}),
      ...this.#facts[position],
    }));
    const flags = [
      ...(record.finite ? [] : ['nan']),
      ...(patches.length === 0 && record.finite ? ['silent'] : []),
    ];
    const { maxima, classMeans } = record;
    return {
      ...{ filter: this.filter, width: layout.width, height: layout.height, channels: 3, finished: true },
      data: compose(layout, this.#patches as Cell[], this.#projections as Cell[]),
      range: patches.length > 0 ? [patches.at(-1)!.activation, patches[0]!.activation] : [0, 0],
      ...(flags.length > 0 ? { flags } : {}),
      patches,
      ...(maxima ? { maxima } : {}),
      ...(classMeans ? { classMeans } : {}),
    };
  }

  #shown(position: number): Box {
    return shownBox(this.layer, this.chosen[position]!.place, this.network.inputShape);
  }

  #fit(cell: Cell): Cell {
    const { width, height } = this.#layout.cell;
    return resize(cell, width, height);
  }
}
