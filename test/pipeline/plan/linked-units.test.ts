import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/errors.ts';
import { checkLinkedUnits } from '../../../src/pipeline/plan/linked-units.ts';
import type { LayerInfo } from '../../../src/schema/report.ts';

const layers = [
  { name: 'conv1', filters: 8 },
  { name: 'block/conv 2', filters: 4 },
  { name: 'flatten' },
] as LayerInfo[];
const at = (layer: string, filter: number, line: number) => ({
  ...{ layer, filter },
  place: { file: 'content/a.md', line, column: 3 },
});

describe('checkLinkedUnits', () => {
  it('takes units that the network has', () => {
    const narrative = { blocks: [], chapters: [], units: [at('conv1', 7, 1), at('block/conv 2', 0, 2)] };
    expect(checkLinkedUnits(narrative, layers)).toEqual([]);
  });

  it('names layers and filters that it does not have, also in chapters', () => {
    const chapter = { id: 'a', title: 'A', blocks: [], units: [at('flatten', 0, 3)] };
    const narrative = { blocks: [], chapters: [chapter], units: [at('conv', 1, 1), at('conv1', 8, 2)] };
    expect(checkLinkedUnits(narrative, layers).map(formatProblem).join('\n')).toMatchInlineSnapshot(`
      "content/a.md:1:3: The network has no layer \`conv\`.
        Did you mean \`conv1\`?
        Valid: conv1, flatten, block/conv 2
      content/a.md:2:3: Layer \`conv1\` has no filter 8.
        Its filters are 0 to 7.
      content/a.md:3:3: Layer \`flatten\` has no filter 0.
        It has no filters."
    `);
  });
});
