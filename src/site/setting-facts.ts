/** The settings of a view as a reader's words. Pure. */
import type { Report, View } from '../schema/report.ts';
import { inPixels, oneOf, onlyIfTrue, joinList, describeValue, type SettingWords } from './setting-words.ts';
import { presentationOf } from './techniques/table.ts';
import { imageName, plural, type Fact } from './words.ts';

const SELECTORS: Readonly<Record<string, string>> = {
  all: 'all',
  'all-conv': 'all convolutions',
  'first-conv': 'the first convolution',
  'last-conv': 'the last convolution',
};

const describeLayers = (value: unknown): string =>
  [value]
    .flat()
    .map((each) => SELECTORS[String(each)] ?? String(each))
    .join(', ');

/** Settings that several techniques have with one meaning. */
const COMMON: SettingWords = {
  ...{ grid: null, label: null, levels: null },
  layer: ['Layer', describeLayers],
  layers: ['Layers', describeLayers],
  filter: 'Filter',
  filters: 'Filters',
  style: ['Drawn as', oneOf({ heatmap: 'heat maps', contour: 'filled contours' })],
  colormap: 'Colours',
  normalize: [
    'Scale of the colours',
    oneOf({ panel: 'each panel its own', layer: 'one for each layer', fixed: 'the same for all panels' }),
  ],
  range: ['Range of the colours', (value) => joinList(value, ' to ')],
  overlay: ['Laid over', oneOf({ none: undefined, image: 'the image' })],
  opacity: 'Opacity',
  fade: ['Weak values', onlyIfTrue('fade')],
  magnitude: ['Values', onlyIfTrue('without their sign')],
  tile: ['Longest side of a panel', inPixels],
  values: ['Numbers', onlyIfTrue('written as .npy files')],
};

/** @param report names its images, which settings name by their position */
export function settingFacts(view: View, report: Pick<Report, 'images'>): Fact[] {
  const words: SettingWords = {
    ...COMMON,
    ...(view.settings['style'] === 'contour' && { levels: 'Levels of the contours' }),
    image: ['Image', (value) => describeImages(value, report)],
    images: ['Images', (value) => describeImages(value, report)],
    ...presentationOf(view.technique).settings,
  };
  return Object.entries(view.settings).flatMap(([key, value]): Fact[] => {
    const word = Object.hasOwn(words, key) ? words[key] : undefined;
    if (word === null) return [];
    if (word === undefined) return [{ term: key, value: describeValue(value), mono: true }];
    const [term, describe] = typeof word === 'string' ? [word, describeValue] : word;
    const text = describe(value);
    return text === undefined ? [] : [{ term, value: text }];
  });
}

/** More images are counted, not named. */
const MOST_NAMED = 4;

function describeImages(value: unknown, { images }: Pick<Report, 'images'>): string {
  const positions = [value]
    .flat()
    .map((each) => (each === 'all' ? images.map((_, at) => at) : toPositions(each)));
  const list = positions.flat();
  const all = positions.some((each) => each === undefined);
  if (all) return describeValue(value);
  if (list.length === images.length && list.length > MOST_NAMED) return `all ${images.length}`;
  const found = list.map((at) => images.at(at!));
  if (found.length > MOST_NAMED || found.includes(undefined)) return plural(found.length, 'image');
  return found.map((image) => imageName(image!)).join(', ');
}

/** Undefined for what is no position: a file, a class. */
function toPositions(value: unknown): readonly number[] | undefined {
  if (typeof value === 'number') return [value];
  const [, from, to] = /^(\d+)-(\d+)$/.exec(String(value)) ?? [];
  if (from === undefined || to === undefined || Number(to) - Number(from) > 1e6) return undefined;
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index);
}
