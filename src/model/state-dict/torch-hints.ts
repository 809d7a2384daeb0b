/** What to type in Python. */

export const SAVE_HINT = 'Save the state dict alone: torch.save(model.state_dict(), "name.pth").';

/** A network of its own comes with its layers as ONNX. */
export const EXPORT_HINT = [
  'For a network that is not in the zoo, export it as ONNX:',
  '    model.eval()',
  '    image = torch.zeros(1, 3, 224, 224)',
  '    torch.onnx.export(model, image, "name.onnx")',
].join('\n');
