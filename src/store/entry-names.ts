/** The image of partial results that belong to no image. */
export const NO_IMAGE = 'none';

/** The keys of partial results: of the image, the layer, and what was searched for. */
export interface PartialName {
  readonly image: string;
  readonly layer: string;
  /** What was looked for, and how. */
  readonly finding: string;
  /** It is of use to this machine alone, and for a while. */
  readonly checkpoint?: boolean;
}

/** How files say which layer they are of: enough to tell layers apart when unused ones are removed. */
export function partialPrefix(layer: string): string {
  return layer.slice(0, 16);
}

/** Paths of entries from the cache folder. */
export const rawName = (key: string): string => `raw/${key}.bin`;
export const partialName = ({ image, layer, finding }: PartialName): string =>
  `partial/${image}/${partialPrefix(layer)}-${finding}.bin`;
export const recordName = (kind: string, key: string): string => `records/${kind}/${key}.json`;
export const assetName = (name: string): string => `assets/${name}`;
