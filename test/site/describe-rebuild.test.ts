import { expect, it } from 'vitest';
import { describeRebuild } from '../../src/site/dev-plugin.ts';

it('says in one line what changed and how long it took', () => {
  expect(describeRebuild(['/p/experiments/a.yaml'], 1234)).toBe('Rebuilt in 1.2 s: a.yaml.');
  expect(describeRebuild(['/p/1.png', '/p/2.png', '/p/3.png', '/p/4.png'], 40)).toBe(
    'Rebuilt in 0.0 s: 1.png, 2.png, 3.png and 1 more file.',
  );
});
