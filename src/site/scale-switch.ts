import type { View } from '../schema/report.ts';

/**
 * Which scales a grid of a view's maps has, where its reader can change them: one for each map, or one for all. Undefined where the
 * colours are no scale (composites, images) or are mixed with those of an image.
 */
export function scaleSwitch({ colorBar, settings }: View, maps: number): 'each' | 'all' | undefined {
  if (maps < 2 || colorBar?.colors === undefined) return undefined;
  const isShared = settings['normalize'] === 'layer' || colorBar.range[0] !== null;
  return isShared ? 'all' : 'each';
}
