import { defineLayer, layerSettings, z } from 'filterscope';

export const scaledTanh = defineLayer({
  name: 'ScaledTanh',
  aliases: ['our_lab>ScaledTanh'],
  kind: 'activation',
  build(config, [input]) {
    const scale = config.number('scale', 1);
    return {
      outputShape: input!,
      weights: [],
      field: { kind: 'identity' },
      part: 'alike',
      forward: ({ tf }, [x]) => tf.mul(tf.tanh(x!), scale),
    };
  },
  inline: {
    name: 'scaled_tanh',
    description: 'tanh(x) times `scale`',
    settings: layerSettings({ scale: z.number().default(1) }),
    config: ({ scale }) => ({ scale }),
  },
});
