import { expect, it } from 'vitest';
import { placingOf } from '../../src/model/placing.ts';

const size = (height: number, width = height) => ({
  ...{ height, width, fullHeight: height, fullWidth: width },
});

it('places values in the middle of their receptive fields', () => {
  // A 3x3 convolution without padding: value 0 sees pixels 0 to 2.
  const valid = { size: [3, 3], stride: [1, 1], offset: [0, 0] } as const;
  expect(placingOf({ receptiveField: { ...valid } as never }, size(30))).toEqual({
    ...{ first: [1, 1], step: [1, 1] },
  });
  // Behind a pooling of 2 as well, with padding above and to the left: value 0 sees pixels -1 to 2.
  const pooled = { size: [4, 4], stride: [2, 2], offset: [-1, -1] };
  expect(placingOf({ receptiveField: pooled as never }, size(16))).toEqual({
    ...{ first: [0.5, 0.5], step: [2, 2] },
  });
});

it('places averaged values in the middle of those they come from', () => {
  const identity = { size: [1, 1], stride: [1, 1], offset: [0, 0] };
  const half = { height: 4, width: 8, fullHeight: 8, fullWidth: 8 };
  expect(placingOf({ receptiveField: identity as never }, half)).toEqual({
    ...{ first: [0.5, 0], step: [2, 1] },
  });
});

it('places nothing where a value sees the whole image', () => {
  expect(placingOf({}, size(1))).toBeUndefined();
});
