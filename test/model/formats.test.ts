import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GRAPH_FORMAT } from '../../src/model/formats/tfjs-graph/graph-model.ts';
import { formatOf, modelFormats, modelPaths, networkFormats } from '../../src/model/formats/table.ts';
import { packageRoot } from '../../src/package-root.ts';

const docs = (name: string): string => readFileSync(join(packageRoot, 'docs', name), 'utf8');

describe('the registry of model formats', () => {
  it('has the formats that the documentation lists', () => {
    const table = /## File formats\n([\s\S]*?)\n\n(?=Sequential)/.exec(docs('models.md'))![1]!;
    const files = table.split('\n').map((row) => row.split('|')[1] ?? '');
    const documented = files.flatMap((cell) =>
      [...cell.matchAll(/`\w*(\.\w+)`/g)].map(([, ending]) => ending!),
    );
    const endings = modelFormats.values.flatMap((format) => format.endings);
    // Weight files of TensorFlow.js and of PyTorch.
    const others = (all: readonly string[]) => all.filter((ending) => ending !== '.bin').sort();
    expect(others(documented)).toEqual(others(endings));

    const names = /`format` \(([^)]*)\)/.exec(docs('output.md'))![1]!;
    // Two formats have the same file, model.json.
    const known = networkFormats().flatMap(({ name }) =>
      name === 'tfjs-layers' ? [name, GRAPH_FORMAT] : [name],
    );
    expect(names).toBe(['zoo', 'inline', ...known].map((name) => `\`${name}\``).join(', '));

    const { properties } = JSON.parse(docs('experiment.schema.json')) as {
      properties: { model: { properties: { file: { description: string } } } };
    };
    const { description } = properties.model.properties.file;
    for (const format of networkFormats()) expect(description).toContain(format.endings[0]!);
  });

  it('recognizes a file by its ending, whatever its case', () => {
    expect(formatOf('/a/b.KERAS')?.name).toBe('keras-v3');
    expect(formatOf('a.weights.h5')?.name).toBe('keras-h5');
    expect([formatOf('model'), formatOf('model.pb'), formatOf('.h5')]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
  });

  it('takes another format', () => {
    const { open } = modelFormats.values[0]!;
    const own = { name: 'own', endings: ['.own'], example: 'name.own', saving: 'Save it.', open };
    modelFormats.use({ own });
    expect(formatOf('net.own')).toBe(own);
    expect(modelPaths()).toContain('path/to/model.own');
    modelFormats.use({});
    expect(formatOf('net.own')).toBeUndefined();
  });
});
