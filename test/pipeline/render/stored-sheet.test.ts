import { expect, it } from 'vitest';
import { restoreSheet, storeSheet } from '../../../src/pipeline/render/stored-sheet.ts';

const tile = (asset: string, x: number, small?: string) => ({
  ...{ asset, width: 16, height: 12, crop: { x, y: 1, width: 16, height: 12 } },
  sheet: { width: 54, height: 18, ...(small === undefined ? {} : { small }) },
});

it.each([
  ['two sprites', [tile('a.png', 1), tile('a.png', 19), tile('b.png', 1, 'c.webp')], 2],
  ['one panel without a sprite', [{ asset: 'a.png', width: 16, height: 12 }], 1],
  ['images of their own', ['a.png', 'b.png'].map((asset) => ({ asset, width: 3, height: 4 })), 2],
])('gives back what it stored: %s', (_, placements, sprites) => {
  const sheet = { placements, values: 'v.js' };
  const stored = storeSheet(sheet);
  expect(stored.sprites).toHaveLength(sprites);
  expect(restoreSheet(JSON.parse(JSON.stringify(stored)) as typeof stored)).toEqual(sheet);
});
