import { describe, expect, it } from 'vitest';
import { isAtBorder, outsideOf } from '../../src/schema/outside.ts';
import type { Panel, Report, View } from '../../src/schema/report.ts';
import { drawCurve } from '../../src/site/curve.ts';
import { columnsFor } from '../../src/site/measures.ts';
import { panelAlt, panelNote } from '../../src/site/panel-words.ts';
import { activationMaximization } from '../../src/site/techniques/activation-maximization/presentation.ts';
import { dreamSentence } from '../../src/site/techniques/activation-maximization/sentences.ts';
import { drawHistogram } from '../../src/site/techniques/top-patches/histogram.ts';
import {
  blockPart,
  equalBlocks,
  factsOf,
  outsideEdges,
} from '../../src/site/techniques/top-patches/patches.ts';
import {
  PatchesByImage,
  mainClass,
  fragmentsOf,
  withoutRepeats,
} from '../../src/site/techniques/top-patches/image-patches.ts';
import {
  borderSentence,
  leftOutSentence,
  leftOutSummary,
  ordinal,
  outsidePhrase,
  patchAlt,
  patchesSentence,
} from '../../src/site/techniques/top-patches/sentences.ts';
import { formatRatio, labelInLayer } from '../../src/site/words.ts';
import type { DreamFacts } from '../../src/techniques/dreams/facts.ts';
import type { Patch, PatchFacts } from '../../src/techniques/patches/facts.ts';

const patch = (image: string, activation: number, x = 0): Patch => ({
  ...{ image, activation },
  box: { x: 1 + x, y: 2, width: 8, height: 8 },
  at: { x: 10 + x, y: 5, width: 10, height: 12 },
  projectionAt: { x: 60 + x, y: 5, width: 10, height: 12 },
});
const panel = ({
  dream,
  score,
  patches,
  leftOut,
  ...more
}: Partial<Panel> & Partial<PatchFacts> & { dream?: Partial<DreamFacts>; score?: number }): Panel => ({
  ...{ layer: 'conv', filter: 3, label: '', kind: 'image', src: 's.webp' },
  ...{ width: 40, height: 20, range: [0, 255] },
  ...(dream ? { facts: { curve: [], ...dream, ...(score === undefined ? {} : { score }) } } : {}),
  ...(patches ? { facts: { patches, ...(leftOut ? { leftOut } : {}) } } : {}),
  ...more,
});
const image = (id: string, kind?: string): Report['images'][number] => ({
  ...{ id, file: `${id}.png`, width: 8, height: 8, src: 's.webp' },
  ...(kind !== undefined && { class: kind }),
});
const images = new Map(
  [image('a', 'cats'), image('b', 'cats'), image('c', 'dogs')].map((each) => [each.id, each]),
);

describe('parts of a panel', () => {
  it('are the smallest rectangles around all patches and all projections', () => {
    const patches = [patch('a', 3), patch('b', 2, 12), patch('c', 1, 24)];
    const sheet = { width: 40, height: 20 };
    expect(blockPart(panel({ patches }), 'patches')).toMatchObject({
      ...{ crop: { x: 10, y: 5, width: 34, height: 12 }, width: 34, height: 12, sheet },
    });
    const moved = { crop: { x: 100, y: 30, width: 40, height: 20 }, sheet: { width: 200, height: 90 } };
    expect(blockPart(panel({ patches, ...moved }), 'patches')).toMatchObject({
      ...{ crop: { x: 110, y: 35, width: 34, height: 12 }, sheet: moved.sheet },
    });
    expect(blockPart(panel({ patches }), 'projections')!.crop).toEqual({
      x: 60,
      y: 5,
      width: 34,
      height: 12,
    });
    expect(blockPart(panel({ patches: [] }), 'patches')).toBeUndefined();
    const { projectionAt: _, ...alone } = patch('a', 1);
    expect(blockPart(panel({ patches: [alone] }), 'projections')).toBeUndefined();
  });
});

describe('blocks of several panels', () => {
  it('are as large as the fullest, within their panels', () => {
    const place = { width: 80, height: 17 };
    const full = panel({ ...place, patches: [patch('a', 3), patch('b', 2, 12)] });
    const few = panel({ ...place, patches: [patch('a', 3)] });
    const none = panel({ ...place, patches: [] });
    expect(equalBlocks([full, few, none], 'patches').map((block) => block?.crop)).toEqual([
      { x: 10, y: 5, width: 22, height: 12 },
      { x: 10, y: 5, width: 22, height: 12 },
      undefined,
    ]);
    // The panel ends at x 80: a second projection would not have fitted.
    expect(equalBlocks([full, few], 'projections')[1]).toMatchObject({
      width: 20,
      crop: { x: 60, width: 20 },
    });
  });
});

describe('places in images', () => {
  const layerIndex = new Map([
    ['early', 1],
    ['conv', 4],
  ]);
  const view = { id: 'v' } as View;
  // Two places of one filter in image a, as where several of one image are allowed.
  const panels = [
    panel({ patches: [patch('a', 9), patch('b', 8), patch('a', 7, 20)] }),
    panel({ layer: 'early', filter: 0, patches: [patch('b', 5), patch('a', 4)] }),
    panel({ filter: 5, patches: [patch('a', 3)] }),
    panel({ layer: 'unknown', patches: [patch('a', 1)] }),
  ];
  const places = new PatchesByImage(layerIndex);
  places.add(view, panels);

  it('are listed from the deepest layer, those first where the image is foremost', () => {
    expect(
      places
        .of('a')!
        .map(({ layer, places: list }) => [
          layer,
          list.map(({ filter, rank, of, fragment }) => [filter, rank, of, fragment]),
        ]),
    ).toEqual([
      [
        'conv',
        [
          [3, 1, 3, 'place-conv-3'],
          [5, 1, 1, 'place-conv-5'],
          [3, 3, 3, 'place-conv-3-2'],
        ],
      ],
      ['early', [[0, 2, 2, 'place-early-0']]],
    ]);
    expect(places.of('z')).toBeUndefined();
  });

  it('have one name on the pages of filters and of images', () => {
    const [first] = panels;
    expect([...fragmentsOf([first!], 'conv', 3).values()]).toEqual([
      'place-conv-3',
      'place-conv-3',
      'place-conv-3-2',
    ]);
  });

  it('count once where several views show them, with the projection where one has it', () => {
    const bare = (one: Patch): Patch => {
      const { projectionAt: _, ...rest } = one;
      return rest;
    };
    const overview = panel({ patches: [bare(patch('a', 5)), bare(patch('b', 4))] });
    const closer = panel({ patches: [patch('a', 5), patch('b', 4)] });
    const other = panel({ patches: [patch('a', 5), patch('c', 3)] });
    expect(withoutRepeats([overview, closer, other])).toEqual([closer, other]);
    expect(withoutRepeats([closer, overview])).toEqual([closer]);
    const both = new PatchesByImage(layerIndex);
    both.add(view, [overview]);
    both.add(view, [closer]);
    const found = both.of('a')!.flatMap(({ places: list }) => list);
    expect(found.map(({ patch: one }) => one.projection?.crop?.x)).toEqual([60]);
    expect([...fragmentsOf([overview, closer], 'conv', 3).values()]).toEqual(
      Array.from({ length: 4 }, () => 'place-conv-3'),
    );
  });
});

describe('dreams that are compared with an image', () => {
  it('are those for which it is the best and excites the unit', () => {
    const view = { id: 'v' } as View;
    const dream = { objective: 'channel', method: 'pixels', activation: 2, steps: 1, seed: 1 };
    const rivals = activationMaximization.imageSection!.collect(new Map());
    const best = panel({ dream: { ...dream, best: { image: 'b', activation: 1 } } });
    const unmoved = panel({ dream: { ...dream, best: { image: 'a', activation: 0 } } });
    rivals.add(view, [best, panel({ dream }), unmoved]);
    expect(rivals.of('b')).toEqual([{ view, panel: best }]);
    expect(rivals.of('a')).toBeUndefined();
  });
});

/** Boxes of 5 pixels in images of 8, moved out at the top left by so many. */
const atBorder = (left: number, top: number, activation = 5): Patch => ({
  ...patch('a', activation),
  box: { x: 0, y: 0, width: 5 - left, height: 5 - top },
  receptiveField: { x: -left, y: -top, width: 5, height: 5 },
});
const larger: Patch = {
  ...patch('a', 4),
  box: { x: 0, y: 0, width: 8, height: 8 },
  receptiveField: { x: -3, y: -1, width: 12, height: 12 },
};

describe('patches at the border', () => {
  it('are those whose receptive field reaches outside though it would fit inside', () => {
    const size = { width: 8, height: 8 };
    expect(isAtBorder(atBorder(2, 0), size)).toBe(true);
    expect(isAtBorder(patch('a', 1), size)).toBe(false);
    // Longer than the image in both directions, or in one.
    expect(isAtBorder(larger, size)).toBe(false);
    expect(isAtBorder(larger, { width: 8, height: 12 })).toBe(true);
    expect(outsideOf(larger)).toEqual({ left: 3, top: 1, right: 1, bottom: 3 });
    expect(outsideOf(patch('a', 1))).toEqual({ left: 0, top: 0, right: 0, bottom: 0 });
  });

  it('are named with the sides and pixels, in the alternative text where nothing below the patch says so', () => {
    expect(outsidePhrase(patch('a', 1), images)).toBeUndefined();
    expect(outsidePhrase(atBorder(2, 1), images)).toBe(
      'at the image border: the receptive field reaches outside by 1 at the top and 2 at the left',
    );
    expect(outsidePhrase(larger, images)).toBe(
      'the receptive field reaches outside by 1 at the top, 3 at the left, 1 at the right and 3 at the bottom',
    );
    expect(patchAlt(atBorder(2, 0), images)).toBe('Patch of a.png: 3 × 5 pixels at 0, 0, activation 5');
    expect(patchAlt(larger, images)).toMatch(/, the receptive field reaches outside by 1 at the top/);
    expect(patchAlt(patch('a', 3), images)).toBe('Patch of a.png: 8 × 8 pixels at 1, 2, activation 3');
    const patches = [atBorder(2, 0), patch('b', 4), atBorder(0, 1, 3)];
    expect(panelAlt(panel({ patches }), 'top-patches', images)).toBe(
      'Strongest patches of filter 3 in conv: 40 × 20 pixels, 3 patches, activations 3 to 5, 2 at the image border',
    );
  });

  it('are counted in a sentence that says what an activation there may come from', () => {
    const rest =
      ' at the image border: there the receptive field reaches outside the image (hatched), into the padding. Such an activation may come from the padding and not from the image.';
    expect(borderSentence([patch('a', 2)], images)).toBeUndefined();
    expect(borderSentence([atBorder(1, 0), patch('a', 2)], images)).toBe(`1 of the 2 patches is${rest}`);
    expect(borderSentence([atBorder(1, 0)], images)).toBe(`The patch is${rest}`);
    expect(borderSentence([atBorder(1, 0), atBorder(0, 1)], images)).toBe(`All 2 patches are${rest}`);
    expect(borderSentence([larger], images)).toMatch(/^The receptive field is larger than the image/);
  });

  it('are marked along the edges they reach over', () => {
    expect(outsideEdges(atBorder(2, 0))).toBe('M0 0v5');
    expect(outsideEdges(atBorder(2, 1))).toBe('M0 0h3M0 0v4');
    expect(outsideEdges(larger)).toBe('M0 0h8M8 0v8M0 8h8M0 0v8');
    expect(outsideEdges(patch('a', 1))).toBeUndefined();
  });

  it('have names of their own where their clipped boxes are the same', () => {
    const other = { ...larger, receptiveField: { ...larger.receptiveField!, x: -1 } };
    const names = [...fragmentsOf([panel({ patches: [larger, other] })], 'conv', 3).values()];
    expect(names).toEqual(['place-conv-3', 'place-conv-3-2']);
  });
});

describe('places that border: avoid leaves out', () => {
  const left = ({ image: id, box, receptiveField, activation }: Patch) => ({
    ...{ image: id, box, activation },
    ...(receptiveField ? { receptiveField } : {}),
  });
  const shown = [patch('a', 8.1), patch('b', 4)];
  const leftOut = [atBorder(2, 0, 12.3), atBorder(1, 0, 9), atBorder(0, 1, 5)].map(left);
  const some = panel({ patches: shown, leftOut });
  const weaker = panel({ patches: shown, leftOut: leftOut.slice(2) });
  const none = panel({ patches: shown, leftOut: [] });

  it('are told with their number and strength, beside the best that is shown', () => {
    const phrase = 'left out 3 patches at the border, strongest 12.3, the best shown is 8.1';
    expect(leftOutSentence(factsOf(some))).toBe(`\`border: avoid\` ${phrase}.`);
    expect(panelAlt(some, 'top-patches', images)).toBe(
      `Strongest patches of filter 3 in conv: 40 × 20 pixels, 2 patches, activations 4 to 8.1, ${phrase}`,
    );
    expect(leftOutSentence(factsOf(none))).toBe('`border: avoid` left out no patch.');
    expect(leftOutSentence(factsOf(panel({ patches: shown })))).toBeUndefined();
  });

  it('are summed up for a figure', () => {
    expect(leftOutSummary([panel({ patches: shown })])).toBeUndefined();
    expect(leftOutSummary([none])).toBe('`border: avoid` left out no patch.');
    expect(leftOutSummary([some, weaker, none])).toBe(
      '`border: avoid` left out 4 patches at the border of images, of 2 of 3 filters; for 1 of them the strongest is above every patch shown.',
    );
  });
});

describe('columns for one layer of several', () => {
  it('are a few more where that fills the rows, and the view’s own otherwise', () => {
    expect([6, 16, 12, 4, 11].map((count) => columnsFor(count, 5))).toEqual([6, 8, 6, 5, 5]);
    expect(columnsFor(7, undefined)).toBeUndefined();
  });
});

describe('drawings', () => {
  it('of histograms fill the height, show a single image, and mark values by the range', () => {
    const { bars, marks } = drawHistogram({ counts: [1000, 0, 1, 500], range: [-2, 6] }, [6, 2, -9], {
      width: 80,
      height: 40,
    });
    expect(bars.map(({ x, height }) => [x, height])).toEqual([
      [0, 40],
      [20, 0],
      [40, 1.5],
      [60, 20],
    ]);
    expect(bars[0]!.y).toBe(0);
    expect(marks).toEqual([80, 40, 0]);
    expect(drawHistogram({ counts: [3], range: [0, 0] }, [0], { width: 10, height: 5 }).marks).toEqual([0]);
  });

  it('of curves rise from the lowest value at the bottom to the highest at the top', () => {
    expect(drawCurve([2, 4, 3], { width: 10, height: 20 })).toBe('0.0,20.0 5.0,0.0 10.0,10.0');
    expect(drawCurve([5, 5], { width: 10, height: 20 })).toBe('0.0,20.0 10.0,20.0');
    expect(drawCurve([1], { width: 10, height: 20 })).toBeUndefined();
  });
});

describe('what is said', () => {
  const dream = { objective: 'channel', method: 'fourier', activation: 4, steps: 9, seed: 1 };

  it.each([
    [{ dream, score: 1.83 }, 'The dream’s activation is 1.8 times that of the best image.'],
    [{ dream, score: 1.004 }, 'The dream’s activation is that of the best image.'],
    [{ dream, score: 0.43 }, 'The dream reaches 43 % of the best image’s activation.'],
    [
      { dream: { ...dream, best: { image: 'a', activation: 0 } } },
      'No image has a positive activation; the dream’s is 4.',
    ],
    [{ dream }, 'The dream’s activation is 4.'],
    [{ dream: { ...dream, activation: null } }, 'Its activation is not a finite number.'],
  ])('of a dream: %o', (more, sentence) => {
    expect(dreamSentence(panel(more))).toBe(sentence);
  });

  it('of a dead unit, whatever its score', () => {
    expect(dreamSentence(panel({ dream, score: 2, flags: ['dead'] }))).toMatch(
      /^No activation found after all restarts/,
    );
  });

  it('of patches names the class that most of them are of', () => {
    expect(mainClass([patch('a', 2), patch('b', 1), patch('c', 1)], images)).toEqual({
      name: 'cats',
      count: 2,
    });
    expect(patchesSentence([patch('a', 2), patch('b', 1.5)], images)).toBe(
      'All 2 patches are of class cats. Activations fall from 2 to 1.5.',
    );
    expect(patchesSentence([patch('a', 3), patch('c', 2), patch('b', 1)], images)).toBe(
      '2 of the 3 patches are of class cats. Activations fall from 3 to 1.',
    );
    expect(patchesSentence([patch('a', 3), patch('c', 2)], images)).toBe('Activations fall from 3 to 2.');
    expect(patchesSentence([], images)).toBe('No positive activation in any image.');
  });

  it('under and instead of a panel is its measurement', () => {
    const patches = [patch('a', 9), patch('b', 4)];
    expect(panelNote(panel({ patches }), 'top-patches')).toBe('greatest 9');
    expect(panelNote(panel({ dream, score: 12.4 }), 'activation-maximization')).toBe('12 × best image');
    expect(panelNote(panel({ dream }), 'activation-maximization')).toBe('activation 4');
    expect(panelAlt(panel({ patches }), 'top-patches', images)).toBe(
      'Strongest patches of filter 3 in conv: 40 × 20 pixels, 2 patches, activations 4 to 9',
    );
    expect(panelAlt(panel({ patches: [], flags: ['silent'] }), 'top-patches', images)).toBe(
      'Strongest patches of filter 3 in conv: 40 × 20 pixels, no positive activation, all values are zero',
    );
  });

  it('as a label does not repeat the layer that stands above it', () => {
    expect(labelInLayer({ layer: 'conv', label: 'conv · filter 3' })).toBe('filter 3');
    expect(labelInLayer({ layer: 'conv', label: 'my conv · 3' })).toBe('my conv · 3');
    expect(labelInLayer({ label: 'a · b' })).toBe('a · b');
  });

  it('in ranks and ratios reads as people write', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 111].map(ordinal).join(' ')).toBe(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 111th',
    );
    expect([1.83, 1.02, 0.996, 9.94, 23.4, 140].map(formatRatio)).toEqual([
      '1.8',
      '1.02',
      '0.996',
      '9.9',
      '23',
      '140',
    ]);
  });
});
