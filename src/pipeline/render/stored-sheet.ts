/** Where the image of a panel lies. */
export interface Placement {
  readonly asset: string;
  readonly width: number;
  readonly height: number;
  /** Where in the asset; absent where it is the whole of it. */
  readonly crop?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Size of the asset, and its copy of half the size; there exactly where `crop` is. */
  readonly sheet?: { readonly width: number; readonly height: number; readonly small?: string };
}

/** A sheet as it is drawn. */
export interface DrawnSpriteSheet {
  readonly placements: readonly Placement[];
  /** Asset with values of the maps; absent where there are none. */
  readonly values?: string;
}

/** A sprite sheet's record: thousands of panels lie on few sprites. */
export interface StoredSheet {
  readonly sprites: readonly Pick<Placement, 'asset' | 'sheet'>[];
  /** Of each panel: its sprite and size, and where it lies if that is not the whole. */
  readonly places: readonly (readonly number[])[];
  readonly values?: string;
}

export function storeSheet({ placements, values }: DrawnSpriteSheet): StoredSheet {
  const sprites: Pick<Placement, 'asset' | 'sheet'>[] = [];
  const places = placements.map(({ asset, sheet, width, height, crop }) => {
    const last = sprites.at(-1);
    const isSame = last?.asset === asset && last.sheet?.width === sheet?.width;
    if (!isSame) sprites.push({ asset, ...(sheet ? { sheet } : {}) });
    const size = [sprites.length - 1, width, height];
    return crop ? [...size, crop.x, crop.y, crop.width, crop.height] : size;
  });
  return { sprites, places, ...(values === undefined ? {} : { values }) };
}

export function restoreSheet({ sprites, places, values }: StoredSheet): DrawnSpriteSheet {
  const placements = places.map((place): Placement => {
    const [sprite, width, height, x, y, across, down] = place as readonly [
      ...[sprite: number, width: number, height: number],
      ...[x: number, y: number, across: number, down: number],
    ];
    const { asset, sheet } = sprites[sprite]!;
    const crop = place.length > 3 ? { x, y, width: across, height: down } : undefined;
    return { asset, width, height, ...(crop ? { crop } : {}), ...(sheet ? { sheet } : {}) };
  });
  return { placements, ...(values === undefined ? {} : { values }) };
}
