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
  densenet121: weights(
    'densenet121-a639ec97.pth',
    32_342_954,
    'a639ec97d7c33b07ae66f0b5fb7d0192f95a3b11b7576c66c0126c2a727c4395',
  ),
  inception_v3: weights(
    'inception_v3_google-0cc3c7bd.pth',
    108_949_747,
    '0cc3c7bd75056d25e46cba549dc184522069b81e9787eff6df84f397bd52a5ef',
  ),
  mobilenet_v2: weights(
    'mobilenet_v2-7ebf99e0.pth',
    14_258_573,
    '7ebf99e03e254b273379b23edca7ec0da9f48273b23a332b93c1c99d49e86e8f',
  ),
  mobilenet_v3_small: weights(
    'mobilenet_v3_small-047dcff4.pth',
    10_306_551,
    '047dcff4addef86ea5bc2eff13c9614dc11f47ab1160d0a71a25e7db994f4e1f',
  ),
  resnet50: weights(
    'resnet50-0676ba61.pth',
    102_530_333,
    '0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a',
  ),
  vgg19: weights(
    'vgg19-dcbb9e9d.pth',
    574_673_361,
    'dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44',
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
