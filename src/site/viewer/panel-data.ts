/**
 * What viewer and comparison know of a report, as it travels to the browser in scripts: one of the whole report, one for each layer of a view, and
 * one for each image of those with very many panels. Pages and their scripts import this file; it knows nothing of reports.
 */

/** `<experiment>/viewer/report.js` */
export interface ReportData {
  readonly title: string;
  readonly network: string;
  /** Height and width of the network's input. */
  readonly input: readonly [height: number, width: number];
  readonly cover?: string;
  readonly layers: readonly LayerData[];
  readonly images: readonly ImageData[];
  readonly views: readonly ViewData[];
  /** Colour tables that `views` name by their position: base64 of 256 times red, green, blue. */
  readonly colors: readonly string[];
}

export interface LayerData {
  /** Its folder. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Whether it has a page. */
  readonly hasPage: boolean;
  /** Names of its units, where they are classes. */
  readonly classes?: readonly string[];
  /** Height and width of its maps. */
  readonly size?: readonly [height: number, width: number];
  readonly field?: {
    readonly size: readonly [number, number];
    readonly stride: readonly [number, number];
    readonly offset: readonly [number, number];
  };
}

export interface ImageData {
  readonly id: string;
  readonly name: string;
  /** Relative to the report's folder. */
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

export interface ViewData {
  readonly id: string;
  readonly title: string;
  /** What one of its panels is: `Feature map`. */
  readonly noun: string;
  /** Ids of its layers, `-` for what belongs to none; with `true` where each image has a script of its own. */
  readonly layers: readonly (readonly [layer: string, split?: true])[];
  /** Position of its colour table; absent where panels have other colours beside it. */
  readonly colors?: number;
  /** Maps are laid over their images. */
  readonly over?: true;
  /** Pixels below which a panel keeps its square pixels. */
  readonly pixelsBelow: number;
}

/** `<experiment>/viewer/<view>/<layer>.js`, and `<layer>/<image>.js` of layers that are split. */
export interface PanelData {
  readonly sprites: readonly (readonly [src: string, width: number, height: number])[];
  readonly values?: readonly ValueRun[];
  readonly panels: readonly PanelTuple[];
  /** Positions of all images that the layer has panels of. */
  readonly images: readonly number[];
}

/** The script with the values of the next so many panels, and which of its maps is the first; without a script they have none. */
export type ValueRun = readonly [count: number, src?: string, from?: number];

/** Numbers instead of names, as there is one for every panel; -1 for what it has not. */
export type PanelTuple = readonly [
  filter: number,
  image: number,
  sprite: number,
  x: number,
  y: number,
  width: number,
  height: number,
  low: number | null,
  high: number | null,
  more?: PanelMore,
];

export interface PanelMore {
  /** Absent for maps. */
  readonly kind?: 'composite' | 'image';
  /** All values are zero. */
  readonly silent?: true;
  /** Some values are not finite. */
  readonly nan?: true;
  readonly note?: string;
  /** Its place in its image. */
  readonly box?: readonly [x: number, y: number, width: number, height: number];
  /** What stands beside it, from the same sprite. */
  readonly beside?: {
    readonly label: string;
    readonly crop: readonly [x: number, y: number, width: number, height: number];
  };
}

export const NO_LAYER = '-';

/** A layer of a view that has more panels than this is split by images. */
export const MANY_IN_A_SCRIPT = 4000;

export type ScriptPath =
  | { readonly experiment: string }
  | { readonly experiment: string; readonly view: string; readonly layer: string; readonly image?: string };

/** Below dist/. */
export function scriptPath(of: ScriptPath): readonly string[] {
  const folder = [of.experiment, 'viewer'];
  if (!('view' in of)) return [...folder, 'report.js'];
  return of.image === undefined
    ? [...folder, of.view, `${of.layer}.js`]
    : [...folder, of.view, of.layer, `${of.image}.js`];
}

/** Orders of a layer's units, for the controls of its page. `<experiment>/viewer/orders-<layer>.js` */
export interface OrderData {
  /** By the id of the order: the rank of each unit, from 0 for the greatest value, in `RANK_DIGITS` digits of base 36. */
  readonly ranks: Readonly<Record<string, string>>;
  /** Of each unit those that are most like it, nearest first. */
  readonly nearest?: readonly (readonly number[])[];
}

export const RANK_DIGITS = 2;

/** Relative to the report's folder. @param layer its id */
export const orderPath = (layer: string): readonly string[] => ['viewer', `orders-${layer}.js`];
