import type { WebWeights } from './zoo-model.ts';

const weights = (file: string, bytes: number, sha256: string): WebWeights => ({
  ...{ file, bytes, sha256, url: `https://download.pytorch.org/models/${file}` },
});

/**
 * Of torchvision, which puts the first eight digits of the SHA-256 into file names; lengths and whole sums as several parties published
 * them that had downloaded the files.
 */
export const torchvisionWeights = {
  alexnet: weights(
    'alexnet-owt-7be5be79.pth',
    244_408_911,
    '7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02',
  ),
  resnet18: weights(
    'resnet18-f37072fd.pth',
    46_830_571,
    'f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec',
  ),
  squeezenet1_1: weights(
    'squeezenet1_1-b8a52dc0.pth',
    4_958_839,
    'b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b',
  ),
};
