import { defineTechnique, displaySettings, imageSelectors, layerSelectors, measure, z } from 'filterscope';

/** The mean over all filters of a layer. */
export const meanMap = defineTechnique({
  name: 'mean-map',
  version: 1,
  description: 'The mean over all filters of a layer.',
  settings: z.strictObject({
    layers: layerSelectors,
    images: imageSelectors.prefault(0),
    ...displaySettings,
    label: displaySettings.label.default('{layer}: {file}'),
  }),
  facts: { schema: z.strictObject({ filters: z.number() }) },

  plan(view, context) {
    const { layers, images, values: _, ...display } = view.settings;
    const shown = context.resolveLayers(layers, 'layers', {
      accepts: ({ outputShape }) => outputShape.length === 3,
      problem: ({ name }) => `Layer \`${name}\` has no maps.`,
    });
    const jobs = context.resolveImages(images, 'images').flatMap((image) =>
      shown.map((layer) => ({
        label: `${layer.name} · ${image.file}`,
        group: `image ${image.index}`,
        layers: [layer.index],
        images: [image.index],
        payload: {},
        panels: 1,
        maxSide: 256,
      })),
    );
    return { jobs, display };
  },

  async *compute(jobs, { model, tf, pixels, signal }) {
    for (const [index, job] of jobs.entries()) {
      if (signal.aborted) return;
      const input = model.input(await pixels(job.images[0]!));
      const [output] = model.forward(input, job.layers);
      const mean = tf.mean(output!, 3);
      const [, height, width] = mean.shape as [number, number, number];
      const data = (await mean.data()) as Float32Array;
      const filters = output!.shape.at(-1)!;
      for (const tensor of [input, output!, mean]) tensor.dispose();
      const panel = { kind: 'map' as const, image: 0, height, width, channels: 1 as const, data };
      yield { job: index, panels: [{ ...panel, ...measure(data), facts: { filters } }] };
    }
  },
});
