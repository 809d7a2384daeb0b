import { describe, expect, it } from 'vitest';
import { traitsOf } from '../../src/model/layer-types.ts';
import type { LayerInfo } from '../../src/schema/report.ts';
import { drawDiagram, slabKind } from '../../src/site/diagram.ts';

const layer = (index: number, type: string, outputShape: number[]): LayerInfo => ({
  index,
  name: `${type.toLowerCase()}_${index}`,
  type,
  kind: traitsOf(type).kind,
  outputShape,
  parameters: 0,
});

describe('drawDiagram', () => {
  it('names every layer of a short network', () => {
    const { slabs, stages } = drawDiagram([
      layer(0, 'InputLayer', [64, 48, 3]),
      layer(1, 'Conv2D', [64, 48, 8]),
      layer(2, 'Dense', [10]),
    ]);
    expect(slabs.map(({ kind }) => kind)).toEqual(['input', 'conv', 'dense']);
    expect(stages.map(({ name, lines }) => [name, ...lines])).toEqual([
      ['inputlayer_0', '64 × 48', '× 3'],
      ['conv2d_1', '64 × 48', '× 8'],
      ['dense_2', 'vector', '10'],
    ]);
  });

  it('draws the ends of a very deep network and what is around the current layer', () => {
    const layers = Array.from({ length: 5000 }, (_, index) => layer(index, 'ReLU', [8, 8, 2]));
    const indices = (current?: string) => drawDiagram(layers, current).slabs.map((slab) => slab.layer.index);
    const ends = [...Array(100).keys(), ...Array.from({ length: 100 }, (_, i) => 4900 + i)];
    expect(indices()).toEqual(ends);
    expect(indices('relu_0')).toEqual([...Array(101).keys(), ...ends.slice(100)]);
    expect(indices('relu_2000')).toEqual([
      ...ends.slice(0, 100),
      ...Array.from({ length: 201 }, (_, i) => 1900 + i),
      ...ends.slice(100),
    ]);
    const { stages, width } = drawDiagram(layers, 'relu_2000');
    expect(stages.map(({ lines }) => lines[0])).toEqual([
      ...['8 × 8', '… 1,800 layers …', '8 × 8', '… 2,799 layers …', '8 × 8'],
    ]);
    stages.forEach((stage, index) => {
      expect(stage.from).toBeGreaterThanOrEqual(stages[index - 1]?.to ?? 0);
      expect(stage.to).toBeLessThanOrEqual(width);
    });
  });

  it('gathers the layers of a long network by the size of their maps, without overlap and inside the drawing', () => {
    const layers = Array.from({ length: 60 }, (_, index) =>
      layer(index, 'Conv2D', [64 >> (index / 15), 64 >> (index / 15), 16 << (index / 20)]),
    );
    const { stages, slabs, width } = drawDiagram(layers);
    expect(slabs).toHaveLength(60);
    expect(stages.map(({ lines }) => lines[0])).toEqual(['64 × 64', '32 × 32', '16 × 16', '8 × 8']);
    stages.forEach((stage, index) => {
      expect(stage.to).toBeGreaterThan(stage.from);
      expect(stage.from).toBeGreaterThan(stages[index - 1]?.to ?? 0);
      expect(stage.to).toBeLessThanOrEqual(width);
    });
  });

  /** Blocks of two convolutions and the sum of both ends, after a first layer. */
  const residual = (blocks: number): LayerInfo[] => {
    const layers = [{ ...layer(0, 'InputLayer', [8, 8, 4]), inputs: [] as string[] }];
    for (let block = 0; block < blocks; block++) {
      const before = layers.at(-1)!.name;
      const first = { ...layer(layers.length, 'Conv2D', [8, 8, 4]), inputs: [before] };
      const second = { ...layer(layers.length + 1, 'Conv2D', [8, 8, 4]), inputs: [first.name] };
      const sum = { ...layer(layers.length + 2, 'Add', [8, 8, 4]), inputs: [second.name, before] };
      layers.push(first, second, sum);
    }
    return layers;
  };

  it('draws an arc for every connection over other layers', () => {
    const { arcs, flows, slabs, height } = drawDiagram(residual(2));
    expect(slabs).toHaveLength(7);
    expect(flows).toHaveLength(6);
    expect(arcs).toHaveLength(2);
    for (const arc of arcs) {
      const numbers = arc.match(/-?[\d.]+/g)!.map(Number);
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
      expect(numbers[0]).toBeLessThan(numbers.at(-2)!);
    }
    const straight = residual(0).concat({ ...layer(1, 'Conv2D', [8, 8, 4]), inputs: ['inputlayer_0'] });
    expect(drawDiagram(straight).arcs).toEqual([]);
    expect(drawDiagram(straight).height).toBeLessThan(height);
    // A report that was kept does not know what its layers take.
    expect(drawDiagram([layer(0, 'InputLayer', [8, 8, 4]), layer(1, 'Conv2D', [8, 8, 4])]).height).toBe(
      drawDiagram(straight).height,
    );
  });

  it('draws a block that repeats once: the one of the current layer', () => {
    const layers = residual(16);
    const shown = (current?: string) => drawDiagram(layers, current);
    expect(shown().slabs.map((slab) => slab.layer.index)).toEqual([0, 1, 2, 3]);
    expect(shown().stages.map(({ lines }) => lines.join(' '))).toContain('… 15 × the same 3 layers …');
    const within = shown('conv2d_8');
    expect(within.slabs.map((slab) => slab.layer.index)).toEqual([0, 7, 8, 9]);
    expect(within.stages.flatMap(({ lines }) => lines)).toEqual(
      expect.arrayContaining(['… 2 × the same 3 layers …', '… 13 × the same 3 layers …']),
    );
    expect(drawDiagram(residual(2)).slabs).toHaveLength(7);
  });

  it('draws an empty network and one of single pixels', () => {
    expect(drawDiagram([]).slabs).toEqual([]);
    const { slabs, width } = drawDiagram([layer(0, 'Conv2D', [1, 1, 1]), layer(1, 'Dense', [100000])]);
    expect(slabs.map(({ front }) => front).join('')).not.toContain('NaN');
    expect(width).toBeGreaterThan(0);
  });

  it('colours layers by what they do, whatever they are called', () => {
    const kinds = [
      ['SeparableConv2D', 'convolution'],
      ['Conv2DTranspose', 'transposed-convolution'],
      ['GlobalAveragePooling2D', 'pooling'],
      ['ReLU', 'activation'],
      ['Dense', 'dense'],
      ['Convolver', 'other'],
      ['Add', 'merging'],
      ['InputLayer', 'input'],
    ] as const;
    const layers = kinds.map(([type, kind], index) => ({ ...layer(index, type, [8, 8, 2]), kind }));
    expect(drawDiagram(layers).slabs.map(({ kind }) => kind)).toEqual([
      ...['conv', 'conv', 'pool', 'activation', 'dense', 'other', 'other', 'input'],
    ]);
    expect(slabKind({})).toBe('other');
  });
});
