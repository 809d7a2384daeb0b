import {
  defineTechnique,
  displaySettings,
  filterSelector,
  imageSelectors,
  layerSelectors,
  measure,
  z,
} from 'filterscope';

/** How much the input's pixels change a unit's mean activation: the gradient's largest absolute value over the colour channels. */
export const saliency = defineTechnique({
  name: 'saliency',
  version: 1,
  description: 'The absolute gradient of a unit with respect to the pixels.',
  settings: z.strictObject({
    layers: layerSelectors,
    filters: filterSelector.prefault({ first: 2 }),
    images: imageSelectors.prefault(0),
    ...displaySettings,
    colormap: displaySettings.colormap.default('ocean'),
    label: displaySettings.label.default('{layer} {filter}: {file}'),
  }),
  facts: {
    schema: z.strictObject({ activation: z.number(), share: z.number().min(0).max(1) }),
    view: {
      schema: z.strictObject({ images: z.array(z.string()), meanShare: z.number().min(0).max(1) }),
      of: (panels) => ({
        images: [...new Set(panels.map(({ image }) => image!.id))],
        meanShare: panels.reduce((sum, { facts }) => sum + Number(facts['share']), 0) / panels.length,
      }),
    },
  },

  plan(view, context) {
    const { layers, filters, images, values: _, ...display } = view.settings;
    const chosen = context.resolveLayers(layers, 'layers', {
      accepts: ({ filters: count }) => count !== undefined,
      problem: ({ name }) => `Layer \`${name}\` has no filters.`,
    });
    const files = context.resolveImages(images, 'images');
    return {
      jobs: chosen.flatMap((layer) => {
        const found = context.resolveFilters(filters, layer, 'filters');
        return files.map((image) => ({
          label: `${layer.name} · ${image.file}`,
          group: layer.name,
          layers: [layer.index],
          images: [image.index],
          payload: { filters: found },
          panels: found.length,
          maxSide: 256,
        }));
      }),
      display,
    };
  },

  async *compute(jobs, { model, pixels, tf, signal }) {
    for (const [index, job] of jobs.entries()) {
      if (signal.aborted) return;
      const input = model.input(await pixels(job.images[0]!));
      const trace = model.trace(input, job.layers[0]!, { rules: ['gradient'] });
      const panels = [];
      for (const filter of job.payload['filters'] as number[]) {
        const channels = trace.output.shape.at(-1)!;
        const places = trace.output.size / channels;
        const { map, activation } = tf.tidy(() => {
          const one = tf.oneHot(tf.tensor1d([filter], 'int32'), channels).toFloat();
          const weights = one.div(places).mul(tf.onesLike(trace.output));
          const gradient = trace.backward(weights.reshape(trace.output.shape), { keep: true });
          return { map: gradient.abs().max(3), activation: trace.output.mul(weights).sum() };
        });
        const data = (await map.data()) as Float32Array;
        const [, height, width] = map.shape as [number, number, number];
        const largest = data.reduce((most, value) => Math.max(most, value), 0);
        const strong = data.filter((value) => value > largest / 2).length;
        panels.push({
          ...{ kind: 'map' as const, filter, image: 0, height, width, channels: 1 as const, data },
          ...measure(data),
          facts: { activation: (await activation.data())[0]!, share: strong / data.length },
        });
        tf.dispose([map, activation]);
      }
      trace.dispose();
      input.dispose();
      yield { job: index, panels };
    }
  },
});
