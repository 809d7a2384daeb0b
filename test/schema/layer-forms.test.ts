import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod/v4';
import { jsonSchemas } from '../../src/schema/json-schema.ts';
import { layerForms, layerSettings } from '../../src/schema/layer-forms.ts';
import { complain, experimentOf, techniques, withModel } from './harness.ts';

describe('a form of an inline layer that is registered at run time', () => {
  layerForms.use({
    power: {
      description: 'Every value to a power',
      settings: layerSettings({ exponent: z.number().default(2) }),
      short: 'exponent',
      alsoCalled: ['pow'],
      type: 'Power',
      config: ({ exponent }) => ({ exponent }),
    },
  });
  afterAll(() => layerForms.use({}));

  it('is read as those of the project are', async () => {
    const { model } = await experimentOf(
      withModel(
        'input: [8, 8]\nlayers: [power, {power: 3}, {power: {name: root, exponent: 0.5, from: input}}]',
      ),
    );
    expect(model.source).toEqual({
      kind: 'inline',
      layers: [
        { name: 'power_1', from: 'input', type: 'Power', config: { exponent: 2 } },
        { name: 'power_2', from: 'power_1', type: 'Power', config: { exponent: 3 } },
        { name: 'root', from: 'input', type: 'Power', config: { exponent: 0.5 } },
      ],
    });
  });

  it('is among the valid names, by the names it has elsewhere too', async () => {
    const message = await complain(withModel('input: [8, 8]\nlayers: [Pow]'));
    expect(message).toContain('Did you mean `power`?');
  });

  it('is in the JSON Schema', () => {
    expect(JSON.stringify(jsonSchemas(techniques)['experiment.schema.json'])).toContain(
      'Every value to a power',
    );
  });
});
