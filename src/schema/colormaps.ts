import { Table } from '../plugins.ts';

/** Colours from low to high values. */
export interface Colormap {
  /** `#rrggbb`, evenly spaced from the least value to the greatest; between them sRGB is interpolated linearly. 2 to 256. */
  readonly colors: readonly string[];
  /** The middle colour means zero: ranges become symmetric about it. */
  readonly diverging?: boolean;
}

/** By name. Colours of this program's own are functions, which src/image/colormap.ts has. */
export const colormaps = new Table<Partial<Colormap>>({
  viridis: {},
  magma: {},
  inferno: {},
  plasma: {},
  cividis: {},
  grey: {},
  diverging: { diverging: true },
});

/** What keys of what is drawn hold for a colormap. */
export function colormapKey(name: string): unknown {
  return colormaps.isBuiltIn(name) ? name : { name, ...colormaps.get(name) };
}
