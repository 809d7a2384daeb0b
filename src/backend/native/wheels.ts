/**
 * What `setup-native` takes from the Python package index. TensorFlow 2.18.1 is the smallest of the versions that the
 * addon's C++ compiles against; a GPU also needs the CUDA 12 libraries that it was built with.
 */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly sha256: string;
  /** Starts of the names of the files that are unpacked. */
  readonly keep: readonly string[];
}

export const TENSORFLOW_VERSION = '2.18.1';

const LIBRARY_AND_HEADERS = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tsl/platform/ctstring',
  'tensorflow/include/xla/tsl/',
];

function tensorflow(project: string, sha256: string): Wheel {
  return { project, version: TENSORFLOW_VERSION, sha256, keep: LIBRARY_AND_HEADERS };
}

function cuda(part: string, version: string, sha256: string): Wheel {
  return { project: `nvidia-${part}-cu12`, version, sha256, keep: ['nvidia/'] };
}

/** By flavour and `process.arch`; absent where TensorFlow has no such build. The wheel of TensorFlow comes first. */
export const WHEELS: Readonly<Record<'cpu' | 'gpu', Readonly<Record<string, readonly Wheel[]>>>> = {
  cpu: {
    x64: [tensorflow('tensorflow-cpu', '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298')],
    arm64: [tensorflow('tensorflow', '8a6485edd2148f70d011dbd1d8dc2c775e91774a5a159466e83d0d1f21580944')],
  },
  gpu: {
    x64: [
      tensorflow('tensorflow', 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828'),
      cuda('cublas', '12.5.3.2', 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b'),
      cuda('cuda-cupti', '12.5.82', 'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953'),
      cuda('cuda-nvrtc', '12.5.82', '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd'),
      cuda('cuda-runtime', '12.5.82', '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115'),
      cuda('cudnn', '9.3.0.75', '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d'),
      cuda('cufft', '11.2.3.61', '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8'),
      cuda('curand', '10.3.6.82', '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536'),
      cuda('cusolver', '11.6.3.83', '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b'),
      cuda('cusparse', '12.5.1.3', '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752'),
      cuda('nvjitlink', '12.5.82', 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212'),
    ],
  },
};
