import type { ModelFormat } from '../format.ts';

const NAME = 'onnx';

export const onnx: ModelFormat = {
  name: NAME,
  endings: ['.onnx'],
  example: 'name.onnx (ONNX)',
  saving: 'Export the network: torch.onnx.export(model.eval(), example, "name.onnx").',
  // The library for the format takes longer to load than most files.
  open: async (path, options) => (await import('./read-onnx.ts')).openOnnx(path, options, NAME),
};
