// ../../../tmp/dream/try.ts
import sharp from "sharp";

// src/backend/choose.ts
import { existsSync as existsSync3, readdirSync, readFileSync as readFileSync3 } from "node:fs";
import { availableParallelism as availableParallelism2 } from "node:os";
import { join as join6 } from "node:path";

// src/errors.ts
var UserError = class extends Error {
  problems;
  constructor(problems) {
    const list = isProblem(problems) ? [problems] : problems;
    super(list.map(formatProblem).join("\n\n"));
    this.name = "UserError";
    this.problems = list;
  }
};
var UnavailableError = class extends UserError {
  constructor(problem) {
    super(problem);
    this.name = "UnavailableError";
  }
};
function isProblem(problems) {
  return !Array.isArray(problems);
}
var MAX_CHOICES = 24;
function formatProblem(problem) {
  const lines = [problem.place ? `${formatPlace(problem.place)}: ${problem.what}` : problem.what];
  if (problem.why) lines.push(`  ${problem.why}`);
  if (problem.hint) lines.push(`  ${problem.hint}`);
  if (problem.choices?.length) {
    const shown = problem.choices.slice(0, MAX_CHOICES).join(", ");
    const rest = problem.choices.length - MAX_CHOICES;
    lines.push(`  Valid: ${shown}${rest > 0 ? `, \u2026 (${rest} more)` : ""}`);
  }
  return lines.join("\n");
}
function formatPlace({ file, line, column }) {
  if (line === void 0) return file;
  return column === void 0 ? `${file}:${line}` : `${file}:${line}:${column}`;
}

// src/backend/native/loader.ts
import { join as join4, resolve } from "node:path";

// src/backend/require-package.ts
import { createRequire } from "node:module";
import { join as join2 } from "node:path";

// src/package-root.ts
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
var packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));
function findRoot(folder) {
  const manifest = join(folder, "package.json");
  if (existsSync(manifest)) {
    const { name } = JSON.parse(readFileSync(manifest, "utf8"));
    if (name === "filterscope") return folder;
  }
  const parent = dirname(folder);
  if (parent === folder) throw new Error("filterscope: the code lies outside its own package");
  return findRoot(parent);
}

// src/backend/require-package.ts
var requirePackage = createRequire(join2(packageRoot, "package.json"));
function packageVersion(name) {
  return requirePackage(`${name}/package.json`).version;
}

// src/backend/tf.ts
var tf = requirePackage("@tensorflow/tfjs");
var javascript = tf.findBackend("cpu");
if (javascript) javascript.firstUse = false;

// src/backend/native/manifest.ts
import { existsSync as existsSync2, readFileSync as readFileSync2 } from "node:fs";
import { join as join3 } from "node:path";
var NATIVE_PACKAGE = "@tensorflow/tfjs-node-gpu";
var ADDON_FILE = "tfjs_binding.node";
var MANIFEST_FILE = "manifest.json";
function readNativeManifest(folder) {
  try {
    const manifest = JSON.parse(readFileSync2(join3(folder, MANIFEST_FILE), "utf8"));
    const usable = manifest.format === 1 && typeof manifest.tensorflow === "string" && manifest.arch === process.arch && manifest.tfjs === packageVersion(NATIVE_PACKAGE) && existsSync2(join3(folder, ADDON_FILE));
    return usable ? manifest : void 0;
  } catch {
    return void 0;
  }
}

// src/backend/predict.ts
import { availableParallelism } from "node:os";
var OWN_KERNELS = { wasm: 1, native: 1 };
var WASM_PACKAGE = "@tensorflow/tfjs-backend-wasm";
function nativeIdentity(version, device, threads) {
  const parts = [
    version,
    device,
    process.arch,
    `${nativeThreads(threads)}t`,
    tfjsVersion(),
    OWN_KERNELS.native
  ];
  return { name: "tensorflow", version, family: `tensorflow-${parts.join("-")}` };
}
var NATIVE_THREADS = "TF_NUM_INTRAOP_THREADS";
function nativeThreads(threads) {
  return Number(process.env[NATIVE_THREADS]) || (threads ?? availableParallelism());
}
function wasmIdentity() {
  const version = packageVersion(WASM_PACKAGE);
  return { name: "wasm", version, family: `wasm-${version}-simd-${OWN_KERNELS.wasm}` };
}
function webGpuIdentity(adapter) {
  const version = tfjsVersion();
  const card = adapter.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return { name: "webgpu", version, family: `webgpu-${version}-${card}` };
}
function cpuIdentity() {
  const version = packageVersion("@tensorflow/tfjs-backend-cpu");
  return { name: "cpu", version, family: `cpu-${version}` };
}
var tfjsVersion = () => packageVersion("@tensorflow/tfjs");

// src/backend/native/gradients.ts
function registerNativeGradients() {
  useOperation("Relu", "ReluGrad");
  useOperation("Relu6", "Relu6Grad");
}
function useOperation(kernelName, operation) {
  const runKernel = `${operation}Native`;
  if (tf.getKernel(runKernel, "tensorflow")) return;
  const run2 = ({ inputs, backend: backend2 }) => {
    const { binding, executeSingleOutput } = backend2;
    const type = { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    return executeSingleOutput.call(backend2, operation, [type], [inputs["dy"], inputs["x"]]);
  };
  tf.registerKernel({
    kernelName: runKernel,
    backendName: "tensorflow",
    kernelFunc: run2
  });
  const published = tf.getGradient(kernelName);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attrs) => {
      const x = saved[0];
      if (tf.getBackend() !== "tensorflow" || x.dtype !== "float32")
        return published.gradFunc(dy, saved, attrs);
      return { x: () => tf.engine().runKernel(runKernel, { dy, x }) };
    }
  });
}

// src/backend/native/loader.ts
function loadNative(folder, threads) {
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
  process.env["TF_FORCE_GPU_ALLOW_GROWTH"] ??= "true";
  process.env[NATIVE_THREADS] ??= String(threads);
  bringBackOldUtil();
  const addon = requirePackage(join4(resolve(folder), ADDON_FILE));
  requirePackage(`${NATIVE_PACKAGE}/dist/register_all_kernels.js`);
  const { NodeJSKernelBackend } = requirePackage(
    `${NATIVE_PACKAGE}/dist/nodejs_kernel_backend.js`
  );
  tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(addon, NATIVE_PACKAGE), 3);
  registerNativeGradients();
  return { version: addon.TF_Version, device: addon.isUsingGpuDevice() ? "gpu" : "cpu" };
}
function bringBackOldUtil() {
  const util = requirePackage("node:util");
  util["isArray"] = Array.isArray;
  util["isNullOrUndefined"] = (value) => value === null || value === void 0;
}

// src/backend/wasm/kernel.ts
function wasmKernel(name, run2) {
  return { name, run: run2 };
}
function registerWasmKernel({ name, run: run2 }) {
  if (publishedKernel(name)) tf.unregisterKernel(name, "wasm");
  tf.registerKernel({ kernelName: name, backendName: "wasm", kernelFunc: run2 });
}
function publishedKernel(name) {
  return tf.getKernel(name, "wasm")?.kernelFunc;
}
function heap(backend2, tensor) {
  return backend2.typedArrayFromHeap(tensor);
}
function zeros(backend2, shape, dtype = "float32") {
  const out = backend2.makeOutput([...shape], dtype);
  heap(backend2, out).fill(0);
  return out;
}
function composed(backend2, compose) {
  const result = tf.tidy(compose);
  backend2.incRef(result.dataId);
  result.dispose();
  return { dataId: result.dataId, shape: result.shape, dtype: result.dtype };
}

// src/backend/wasm/convolution.ts
function convInfo(input, filter, attrs, depthwise = false) {
  if (attrs.dataFormat && attrs.dataFormat !== "NHWC") {
    throw new Error(`The wasm backend's convolution gradients take NHWC only, not ${attrs.dataFormat}`);
  }
  const { strides, dilations = 1, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computeConv2DInfo(
    input,
    filter,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise
  );
}
var conv2dBackpropInput = wasmKernel("Conv2DBackpropInput", ({ inputs: { dy, filter }, attrs, backend: backend2 }) => {
  const info = convInfo(attrs.inputShape, filter.shape, attrs);
  if (info.strideHeight === 1 && info.strideWidth === 1) {
    const padding = turnedPadding(info);
    if (Math.min(...padding.flat()) >= 0) {
      return composed(backend2, () => tf.conv2d(dy, turned(filter, backend2), 1, [[0, 0], ...padding, [0, 0]]));
    }
  }
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const rows = info.batchSize * info.outHeight * info.outWidth;
  const patchSize = filterHeight * filterWidth * inChannels;
  const columns = tf.tidy(
    () => tf.matMul(
      tf.reshape(dy, [rows, outChannels]),
      tf.transpose(tf.reshape(filter, [patchSize, outChannels]))
    )
  );
  const out = zeros(backend2, info.inShape);
  addPatches(heap(backend2, columns), heap(backend2, out), info);
  columns.dispose();
  return out;
});
function turned(filter, backend2) {
  const [height, width, inChannels, outChannels] = filter.shape;
  const exchanged = tf.transpose(filter, [0, 1, 3, 2]);
  const out = backend2.makeOutput([height, width, outChannels, inChannels], "float32");
  const [from, to] = [heap(backend2, exchanged), heap(backend2, out)];
  const size2 = inChannels * outChannels;
  const last = height * width - 1;
  for (let tap = 0; tap <= last; tap++) {
    to.set(from.subarray(tap * size2, (tap + 1) * size2), (last - tap) * size2);
  }
  return tf.engine().makeTensorFromTensorInfo(out);
}
function turnedPadding(info) {
  const along = (size2, out, filter, before) => {
    const first = filter - 1 - before;
    return [first, size2 - (out + first - filter + 1)];
  };
  return [
    along(info.inHeight, info.outHeight, info.filterHeight, info.padInfo.top),
    along(info.inWidth, info.outWidth, info.filterWidth, info.padInfo.left)
  ];
}
function addPatches(patches, picture, info) {
  const { inChannels: channels2 } = info;
  const windowSize = info.filterHeight * info.filterWidth * channels2;
  forEachTap(info, (input, output, tap) => {
    const from = output * windowSize + tap * channels2;
    const to = input * channels2;
    for (let c = 0; c < channels2; c++) picture[to + c] += patches[from + c];
  });
}
function forEachTap(info, visit) {
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = info;
  for (let n = 0; n < info.batchSize; n++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const output = (n * outHeight + row) * outWidth + column;
        for (let i = 0; i < filterHeight; i++) {
          const y = row * info.strideHeight - info.padInfo.top + i * info.dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let j = 0; j < filterWidth; j++) {
            const x = column * info.strideWidth - info.padInfo.left + j * info.dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            visit((n * inHeight + y) * inWidth + x, output, i * filterWidth + j);
          }
        }
      }
    }
  }
}
var conv2dBackpropFilter = wasmKernel("Conv2DBackpropFilter", ({ inputs: { x, dy }, attrs, backend: backend2 }) => {
  const info = convInfo(x.shape, attrs.filterShape, attrs);
  const { batchSize, outHeight, outWidth, strideHeight, strideWidth, inChannels, outChannels } = info;
  const { top: top3, left } = info.padInfo;
  const spanHeight = (outHeight - 1) * strideHeight + 1;
  const spanWidth = (outWidth - 1) * strideWidth + 1;
  const below = Math.max(0, spanHeight + info.filterHeight - 1 - top3 - info.inHeight);
  const right = Math.max(0, spanWidth + info.filterWidth - 1 - left - info.inWidth);
  return composed(backend2, () => {
    const padded = tf.pad(x, [
      [0, 0],
      [top3, below],
      [left, right],
      [0, 0]
    ]);
    const upstream = tf.reshape(dy, [batchSize * outHeight * outWidth, outChannels]);
    const taps = [];
    for (let i = 0; i < info.filterHeight; i++) {
      for (let j = 0; j < info.filterWidth; j++) {
        const seen = tf.stridedSlice(
          padded,
          [0, i, j, 0],
          [batchSize, i + spanHeight, j + spanWidth, inChannels],
          [1, strideHeight, strideWidth, 1]
        );
        const columns = tf.transpose(tf.reshape(seen, [-1, inChannels]));
        taps.push(tf.matMul(columns, upstream));
      }
    }
    return tf.reshape(tf.stack(taps), [...attrs.filterShape]);
  });
});
var depthwiseBackpropInput = wasmKernel("DepthwiseConv2dNativeBackpropInput", ({ inputs: { dy, filter }, attrs, backend: backend2 }) => {
  const info = convInfo(attrs.inputShape, filter.shape, attrs, true);
  const out = zeros(backend2, info.inShape);
  const [upstream, weights, gradient] = [heap(backend2, dy), heap(backend2, filter), heap(backend2, out)];
  const { inChannels: channels2, outChannels } = info;
  const multiplier = outChannels / channels2;
  forEachTap(info, (input, output, tap) => {
    const to = input * channels2;
    const from = output * outChannels;
    const weight = tap * outChannels;
    for (let m = 0; m < multiplier; m++) {
      for (let c = 0, k = m; c < channels2; c++, k += multiplier) {
        gradient[to + c] += upstream[from + k] * weights[weight + k];
      }
    }
  });
  return out;
});
var depthwiseBackpropFilter = wasmKernel("DepthwiseConv2dNativeBackpropFilter", ({ inputs: { x, dy }, attrs, backend: backend2 }) => {
  const info = convInfo(x.shape, attrs.filterShape, attrs, true);
  const out = zeros(backend2, attrs.filterShape);
  const [values, upstream, gradient] = [heap(backend2, x), heap(backend2, dy), heap(backend2, out)];
  const { inChannels: channels2, outChannels } = info;
  const multiplier = outChannels / channels2;
  const sums = new Float64Array(gradient.length);
  forEachTap(info, (input, output, tap) => {
    const from = input * channels2;
    const by = output * outChannels;
    const to = tap * outChannels;
    for (let m = 0; m < multiplier; m++) {
      for (let c = 0, k = m; c < channels2; c++, k += multiplier) {
        sums[to + k] += values[from + c] * upstream[by + k];
      }
    }
  });
  gradient.set(sums);
  return out;
});

// src/backend/wasm/pooling.ts
function forEachWindow(info, visit) {
  const window = { n: 0, top: 0, bottom: 0, left: 0, right: 0 };
  let output = 0;
  for (window.n = 0; window.n < info.batchSize; window.n++) {
    for (let row = 0; row < info.outHeight; row++) {
      const y = row * info.strideHeight - info.padInfo.top;
      window.top = Math.max(0, y);
      window.bottom = Math.min(info.inHeight, y + info.effectiveFilterHeight);
      for (let column = 0; column < info.outWidth; column++) {
        const x = column * info.strideWidth - info.padInfo.left;
        window.left = Math.max(0, x);
        window.right = Math.min(info.inWidth, x + info.effectiveFilterWidth);
        visit(output, window);
        output += info.inChannels;
      }
    }
  }
}
function forEachMaximum(x, info, visit) {
  const { inHeight, inWidth, inChannels: channels2 } = info;
  const maximum2 = new Float32Array(channels2);
  const position = new Int32Array(channels2);
  forEachWindow(info, (output, { n, top: top3, bottom, left, right }) => {
    maximum2.fill(-Infinity);
    position.fill(-1);
    for (let row = top3; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const at = ((n * inHeight + row) * inWidth + column) * channels2;
        for (let c = 0; c < channels2; c++) {
          const value = x[at + c];
          if (value > maximum2[c]) {
            maximum2[c] = value;
            position[c] = at + c;
          }
        }
      }
    }
    visit(output, maximum2, position);
  });
}
var poolInfo = (x, { filterSize, strides, pad, dimRoundingMode }) => tf.backend_util.computePool2DInfo(
  x.shape,
  filterSize,
  strides,
  1,
  pad,
  dimRoundingMode
);
var maxPoolGrad = wasmKernel(
  "MaxPoolGrad",
  ({ inputs: { dy, input }, attrs, backend: backend2 }) => {
    const out = zeros(backend2, input.shape);
    const [x, upstream, gradient] = [heap(backend2, input), heap(backend2, dy), heap(backend2, out)];
    forEachMaximum(x, poolInfo(input, attrs), (output, _, position) => {
      for (let c = 0; c < position.length; c++) {
        const at = position[c];
        if (at >= 0) gradient[at] += upstream[output + c];
      }
    });
    return out;
  }
);
var maxPoolWithArgmax = wasmKernel("MaxPoolWithArgmax", ({ inputs: { x }, attrs, backend: backend2 }) => {
  const info = poolInfo(x, attrs);
  const maxima = zeros(backend2, info.outShape);
  const positions = zeros(backend2, info.outShape, "int32");
  const values = heap(backend2, maxima);
  const indices = backend2.typedArrayFromHeap(positions);
  const pictureSize = info.inHeight * info.inWidth * info.inChannels;
  forEachMaximum(heap(backend2, x), info, (output, maximum2, position) => {
    values.set(maximum2, output);
    for (let c = 0; c < position.length; c++) {
      const at = position[c];
      indices[output + c] = attrs.includeBatchInIndex ? at : at % pictureSize;
    }
  });
  return [maxima, positions];
});
var avgPoolGrad = wasmKernel(
  "AvgPoolGrad",
  ({ inputs: { dy, input }, attrs, backend: backend2 }) => {
    const info = poolInfo(input, attrs);
    const { inHeight, inWidth, inChannels: channels2 } = info;
    const out = zeros(backend2, input.shape);
    const [upstream, gradient] = [heap(backend2, dy), heap(backend2, out)];
    forEachWindow(info, (output, { n, top: top3, bottom, left, right }) => {
      const share = 1 / ((bottom - top3) * (right - left));
      for (let row = top3; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const at = ((n * inHeight + row) * inWidth + column) * channels2;
          for (let c = 0; c < channels2; c++) gradient[at + c] += upstream[output + c] * share;
        }
      }
    });
    return out;
  }
);

// src/backend/wasm/same-padding.ts
function withRightSamePadding(name) {
  const published = publishedKernel(name);
  if (!published) throw new Error(`The wasm backend has no kernel ${name}`);
  const depthwise = name.includes("Depthwise");
  return wasmKernel(name, (call) => {
    const { inputs, attrs } = call;
    if (attrs.pad === "same") {
      const { strides, dilations = 1 } = attrs;
      const shapes = [inputs.x.shape, inputs.filter.shape];
      const info = tf.backend_util.computeConv2DInfo(
        ...shapes,
        strides,
        dilations,
        "same",
        void 0,
        depthwise
      );
      const short = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight < info.inHeight || (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth < info.inWidth;
      if (short) {
        const { top: top3, bottom, left, right } = info.padInfo;
        const pad = [
          [0, 0],
          [top3, bottom],
          [left, right],
          [0, 0]
        ];
        return published({ ...call, attrs: { ...attrs, pad } });
      }
    }
    return published(call);
  });
}

// src/backend/wasm/through-cpu.ts
function throughCpu(name) {
  return wasmKernel(name, ({ inputs, attrs, backend: backend2 }) => {
    const cpu = tf.engine().findBackend("cpu");
    const copies = {};
    for (const [key, tensor] of Object.entries(inputs)) {
      if (tensor) {
        copies[key] = cpu.makeTensorInfo(
          tensor.shape,
          tensor.dtype,
          backend2.typedArrayFromHeap(tensor).slice()
        );
      }
    }
    const kernel = tf.getKernel(name, "cpu")?.kernelFunc;
    if (!kernel) throw new Error(`The JavaScript backend has no kernel ${name}`);
    const results = kernel({ inputs: copies, attrs, backend: cpu });
    const moved = [results].flat().map((result) => {
      const values = cpu.data.get(result.dataId).values;
      cpu.disposeData(result.dataId);
      return backend2.makeOutput(result.shape, result.dtype, void 0, values);
    });
    for (const copy of Object.values(copies)) if (copy) cpu.disposeData(copy.dataId, true);
    return Array.isArray(results) ? moved : moved[0];
  });
}

// src/backend/wasm/repairs.ts
var unsortedSegmentSum = wasmKernel("UnsortedSegmentSum", ({ inputs: { x, segmentIds }, attrs: { numSegments }, backend: backend2 }) => {
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const rowSize = rowShape.reduce((a, b) => a * b, 1);
  const out = zeros(backend2, [numSegments, ...rowShape], x.dtype);
  const [values, ids, sums] = [heap(backend2, x), heap(backend2, segmentIds), heap(backend2, out)];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (id < 0 || id >= numSegments) continue;
    for (let j = 0; j < rowSize; j++) sums[id * rowSize + j] += values[i * rowSize + j];
  }
  return out;
});
var REPLACED = [
  conv2dBackpropInput,
  conv2dBackpropFilter,
  depthwiseBackpropInput,
  depthwiseBackpropFilter,
  avgPoolGrad,
  maxPoolGrad,
  maxPoolWithArgmax,
  unsortedSegmentSum,
  throughCpu("Conv3DBackpropInputV2"),
  throughCpu("RotateWithOffset")
];
var FORWARD = ["Conv2D", "FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2D"];
function registerWasmRepairs() {
  FORWARD.map(withRightSamePadding).forEach(registerWasmKernel);
  REPLACED.forEach(registerWasmKernel);
}

// src/backend/wasm/threads.ts
import { dirname as dirname2, join as join5 } from "node:path";
import { Worker } from "node:worker_threads";
var MAX_THREADS = 8;
var FILES = "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd";
async function createWasmBackend(threads) {
  const script = requirePackage.resolve(`${FILES}.js`);
  const module = await instantiate(script, threads);
  module.tfjs = {
    init: module.cwrap("init", null, []),
    initWithThreadsCount: module.cwrap("init_with_threads_count", null, ["number"]),
    getThreadsCount: module.cwrap("get_threads_count", "number", []),
    registerTensor: module.cwrap("register_tensor", null, ["number", "number", "number"]),
    disposeData: module.cwrap("dispose_data", null, ["number"]),
    dispose: module.cwrap("dispose", null, [])
  };
  refuseFullHeap(module);
  const { BackendWasm, setThreadsCount } = requirePackage(
    "@tensorflow/tfjs-backend-wasm"
  );
  setThreadsCount(threads);
  const backend2 = withCpuCount(2 * threads, () => new BackendWasm(module));
  for (const worker of module.PThread.runningWorkers) worker.unref();
  return backend2;
}
async function instantiate(script, threads) {
  const factory = requirePackage(script);
  const { wasmWorkerContents } = requirePackage(`${FILES}.worker.js`);
  const threadCode = wasmWorkerContents.replace(/\n/g, "\\n");
  let asked = 0;
  const makeThread = () => asked++ < MAX_THREADS - (threads - 1) ? new Placeholder() : startThread(threadCode);
  const restoreWorker = replaceGlobalWorker(makeThread);
  const restoreListeners = keepProcessListeners();
  try {
    return await withCpuCount(
      2 * threads,
      () => factory({ locateFile: (file) => join5(dirname2(script), file), mainScriptUrlOrBlob: script })
    );
  } finally {
    restoreListeners();
    restoreWorker();
  }
}
function startThread(code) {
  const worker = new Worker(code, { eval: true, execArgv: [], env: {} });
  worker.unref();
  return worker;
}
var Placeholder = class {
  onmessage;
  on() {
  }
  ref() {
  }
  unref() {
  }
  terminate() {
  }
  postMessage(message) {
    if (message.cmd !== "load")
      throw new Error("filterscope: the WebAssembly thread pool ran out of threads");
    queueMicrotask(() => this.onmessage?.({ data: { cmd: "loaded" } }));
  }
};
function replaceGlobalWorker(make) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "Worker");
  const constructor = function() {
    return make();
  };
  Object.defineProperty(globalThis, "Worker", { configurable: true, get: () => constructor, set: () => {
  } });
  return () => {
    if (before) Object.defineProperty(globalThis, "Worker", before);
    else Reflect.deleteProperty(globalThis, "Worker");
  };
}
function keepProcessListeners() {
  const events = ["uncaughtException", "unhandledRejection"];
  const before = events.map((event) => process.listeners(event));
  return () => events.forEach((event, i) => {
    for (const listener of process.listeners(event)) {
      if (!before[i]?.includes(listener)) process.removeListener(event, listener);
    }
  });
}
function withCpuCount(count, start) {
  const os = requirePackage("node:os");
  const before = os.cpus;
  const restore = () => {
    os.cpus = before;
  };
  const first = before()[0] ?? { model: "", speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } };
  os.cpus = () => Array.from({ length: count }, () => first);
  try {
    const result = start();
    if (result instanceof Promise) return result.finally(restore);
    restore();
    return result;
  } catch (error) {
    restore();
    throw error;
  }
}
function refuseFullHeap(module) {
  const malloc = module._malloc;
  const guarded = (bytes) => {
    const address = malloc(bytes);
    if (address === 0 && bytes > 0) {
      throw new Error(
        `The WebAssembly backend is out of memory (its limit is 4 GiB; ${bytes} more bytes were asked for). Use smaller inputs or fewer layers at once, or the native backend: npm run setup:native`
      );
    }
    return address;
  };
  Object.defineProperty(module, "_malloc", { get: () => guarded, set: () => {
  } });
}

// src/backend/webgpu/adapter.ts
import { pathToFileURL } from "node:url";
var WEBGPU_PACKAGES = "webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0";
var WebGpuUnavailable = class extends Error {
  hint;
  constructor(reason2, hint) {
    super(reason2);
    this.name = "WebGpuUnavailable";
    this.hint = hint;
  }
};
async function openWebGpu(options = {}) {
  const { allowSoftware = false, load = loadPackage, fatal = throwLater } = options;
  const dawn = await loadOrExplain(load, "webgpu");
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new WebGpuUnavailable(
      "no graphics card answers",
      "Install its Vulkan driver, or use --backend wasm."
    );
  }
  const { info } = adapter;
  if (isSoftware(adapter) && !allowSoftware) {
    throw new WebGpuUnavailable(
      `the only adapter computes on the CPU (${info.description || info.device})`,
      "Use --backend wasm, which is faster, or set FILTERSCOPE_WEBGPU_SOFTWARE=1 to take it all the same."
    );
  }
  offerToBackend(dawn, watched(gpu, fatal));
  await loadOrExplain(load, "@tensorflow/tfjs-backend-webgpu");
  if (!tf.findBackendFactory("webgpu")) {
    throw new WebGpuUnavailable(
      "its package belongs to another TensorFlow.js",
      `Run npm install ${WEBGPU_PACKAGES}.`
    );
  }
  return info;
}
async function loadPackage(name) {
  const file = requirePackage.resolve(name);
  return name === "webgpu" ? import(pathToFileURL(file).href) : requirePackage(file);
}
async function loadOrExplain(load, name) {
  try {
    return await load(name);
  } catch (error) {
    const missing = error.code === "MODULE_NOT_FOUND";
    throw new WebGpuUnavailable(
      missing ? `the package ${name} is not installed` : `the package ${name} does not load (${String(error)})`,
      `Run npm install --no-save ${WEBGPU_PACKAGES}.`
    );
  }
}
function isSoftware({ info, isFallbackAdapter }) {
  const names = [info.vendor, info.architecture, info.device, info.description].join(" ");
  return (info.isFallbackAdapter ?? isFallbackAdapter ?? false) || /llvmpipe|lavapipe|swiftshader|software|microsoft basic/i.test(names);
}
function watched(gpu, fatal) {
  return {
    async requestAdapter(options) {
      const adapter = await gpu.requestAdapter(options);
      if (!adapter) return adapter;
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (...args) => {
        const device = await requestDevice(...args);
        device.addEventListener("uncapturederror", ({ error }) => fatal(`WebGPU: ${error.message}`));
        void device.lost.then(({ reason: reason2, message }) => {
          if (reason2 !== "destroyed") fatal(`WebGPU: the device was lost: ${message}`);
        });
        return device;
      };
      return adapter;
    }
  };
}
function offerToBackend(dawn, gpu) {
  Object.assign(globalThis, dawn.globals);
  if (!("navigator" in globalThis)) {
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
}
function throwLater(message) {
  setImmediate(() => {
    throw new Error(message);
  });
}

// src/backend/choose.ts
var opened = /* @__PURE__ */ new Map();
async function chooseBackend(settings) {
  const { want } = settings;
  if (want !== "auto") return announce(await open(want, settings), "as asked for");
  const notes = [];
  if (existsSync3(join6(settings.nativeDir, ADDON_FILE))) {
    try {
      return announce(await open("tensorflow", settings), "the native backend is set up");
    } catch (error) {
      notes.push(`${reason(error)}; to build it again: npm run setup:native -- --force`);
    }
  } else if (process.platform === "linux") {
    notes.push("about twice as fast after: npm run setup:native");
  }
  try {
    return announce(await open("wasm", settings), ...notes);
  } catch (error) {
    notes.unshift(reason(error));
    return announce(await open("cpu", settings), ...notes);
  }
}
function announce(backend2, ...notes) {
  const title = { tensorflow: "TensorFlow", webgpu: "WebGPU", wasm: "WebAssembly", cpu: "JavaScript" }[backend2.name];
  const line = [`Backend: ${title} ${backend2.version} (${backend2.device})`, ...notes].join(" - ");
  return { ...backend2, line };
}
var reason = (error) => (error instanceof Error ? error.message : String(error)).split("\n")[0].replace(/\.$/, "");
async function open(name, settings) {
  const opening = opened.get(name) ?? openers[name](settings);
  opened.set(name, opening);
  try {
    const backend2 = await opening;
    if (!await tf.setBackend(name)) throw new UserError({ what: `The backend ${name} did not start.` });
    await tf.ready();
    return backend2;
  } catch (error) {
    opened.delete(name);
    throw error;
  }
}
var openers = {
  async tensorflow({ nativeDir, threads }) {
    if (!existsSync3(join6(nativeDir, ADDON_FILE))) {
      throw new UserError({
        what: "The backend tensorflow is not set up.",
        hint: "Run npm run setup:native, or leave --backend out."
      });
    }
    if (!readNativeManifest(nativeDir)) {
      throw new UserError({
        what: "The native TensorFlow backend was set up for another version or machine.",
        hint: "Run npm run setup:native -- --force."
      });
    }
    try {
      const count = nativeThreads(threads);
      const { version, device } = loadNative(nativeDir, count);
      const identity = nativeIdentity(version, device, count);
      return { ...identity, device: device === "gpu" ? graphicsCard() : cores(count) };
    } catch (error) {
      throw new UserError({
        what: `The native TensorFlow backend does not load: ${reason(error)}`,
        hint: "Run npm run setup:native -- --force."
      });
    }
  },
  async webgpu() {
    try {
      const allowSoftware = process.env["FILTERSCOPE_WEBGPU_SOFTWARE"] === "1";
      const { vendor, architecture, device, description } = await openWebGpu({ allowSoftware });
      const name = description || device || `${vendor} ${architecture}`;
      return { ...webGpuIdentity(name), device: name };
    } catch (error) {
      if (!(error instanceof WebGpuUnavailable)) throw error;
      throw new UserError({ what: `The backend webgpu cannot be used: ${error.message}.`, hint: error.hint });
    }
  },
  async wasm({ threads }) {
    const count = Math.max(1, Math.min(MAX_THREADS, threads ?? availableParallelism2()));
    requirePackage("@tensorflow/tfjs-backend-wasm");
    const backend2 = await createWasmBackend(count);
    if (tf.findBackendFactory("wasm")) tf.removeBackend("wasm");
    tf.registerBackend("wasm", () => backend2, 2);
    if (!await tf.setBackend("wasm")) throw new UserError({ what: "The backend wasm did not start." });
    registerWasmRepairs();
    return { ...wasmIdentity(), device: cores(count) };
  },
  async cpu() {
    return { ...cpuIdentity(), device: "CPU, 1 thread" };
  }
};
var cores = (threads) => `CPU, ${threads} thread${threads === 1 ? "" : "s"}`;
function graphicsCard() {
  const folder = "/proc/driver/nvidia/gpus";
  try {
    const cards = readdirSync(folder).map((card) => readFileSync3(join6(folder, card, "information"), "utf8"));
    return cards.map((text) => /^Model:\s*(.+)$/m.exec(text)?.[1] ?? "GPU").join(", ");
  } catch {
    return "GPU";
  }
}

// src/model/layers/activation-functions.ts
var elu = (tf2, x, alpha) => tf2.add(tf2.relu(x), tf2.mul(tf2.sub(tf2.exp(tf2.minimum(x, 0)), 1), alpha));
var hardSigmoid = (tf2, x, { slope = 1 / 6 }) => tf2.clipByValue(tf2.add(tf2.mul(x, slope), 0.5), 0, 1);
var gelu = (tf2, x, { approximate = 0 }) => {
  const inner = approximate ? tf2.tanh(tf2.mul(tf2.add(x, tf2.mul(tf2.mul(tf2.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))) : tf2.erf(tf2.mul(x, Math.SQRT1_2));
  return tf2.mul(tf2.mul(x, 0.5), tf2.add(inner, 1));
};
var relu = (tf2, x, { max_value, negative_slope = 0, threshold = 0 }) => {
  let y;
  if (threshold !== 0)
    y = tf2.where(tf2.greaterEqual(x, threshold), x, tf2.mul(tf2.sub(x, threshold), negative_slope));
  else if (negative_slope !== 0) y = tf2.leakyRelu(x, negative_slope);
  else if (max_value === 6) return tf2.relu6(x);
  else y = tf2.relu(x);
  return max_value === void 0 ? y : tf2.minimum(y, max_value);
};
var functions = {
  linear: (_tf, x) => x,
  relu,
  relu6: (tf2, x) => tf2.relu6(x),
  leaky_relu: (tf2, x, { negative_slope = 0.2 }) => tf2.leakyRelu(x, negative_slope),
  elu: (tf2, x, { alpha = 1 }) => elu(tf2, x, alpha),
  selu: (tf2, x) => tf2.mul(elu(tf2, x, 1.6732632423543772), 1.0507009873554805),
  sigmoid: (tf2, x) => tf2.sigmoid(x),
  hard_sigmoid: hardSigmoid,
  tanh: (tf2, x) => tf2.tanh(x),
  softplus: (tf2, x) => tf2.softplus(x),
  softsign: (tf2, x) => tf2.div(x, tf2.add(tf2.abs(x), 1)),
  swish: (tf2, x) => tf2.mul(x, tf2.sigmoid(x)),
  hard_swish: (tf2, x, p) => tf2.mul(x, hardSigmoid(tf2, x, p)),
  gelu,
  mish: (tf2, x) => tf2.mul(x, tf2.tanh(tf2.softplus(x))),
  exponential: (tf2, x) => tf2.exp(x),
  softmax: (tf2, x) => tf2.softmax(x),
  log_softmax: (tf2, x) => tf2.logSoftmax(x)
};
var activationNames = Object.keys(functions);
var aliases = {
  silu: "swish",
  hard_silu: "hard_swish"
};
function activationName(name) {
  const canonical = Object.hasOwn(aliases, name) ? aliases[name] : name;
  return Object.hasOwn(functions, canonical) ? canonical : void 0;
}
function applyActivation(tf2, { name, parameters }, x) {
  return functions[name](tf2, x, parameters);
}

// src/model/layers/config-reader.ts
var ConfigReader = class {
  #config;
  #layer;
  #type;
  #place;
  constructor(config, layer, type, place) {
    this.#config = config;
    this.#layer = layer;
    this.#type = type;
    this.#place = place;
  }
  /** Throws a problem of this layer. */
  fail(what, more = {}) {
    throw new UserError({
      what: `layer "${this.#layer}" (${this.#type}): ${what}`,
      place: this.#place,
      ...more
    });
  }
  raw(key) {
    return Object.hasOwn(this.#config, key) ? this.#config[key] : void 0;
  }
  integer(key, fallback, min = 1) {
    const value = this.raw(key) ?? fallback;
    if (isCount(value, min)) return value;
    return this.fail(`${key} is ${show(value)}`, { why: `It must be a whole number of at least ${min}.` });
  }
  number(key, fallback) {
    const value = this.raw(key) ?? fallback;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return this.fail(`${key} is ${show(value)}`, { why: "It must be a finite number." });
  }
  boolean(key, fallback) {
    const value = this.raw(key) ?? fallback;
    if (typeof value === "boolean") return value;
    return this.fail(`${key} is ${show(value)}`, { why: "It must be true or false." });
  }
  choice(key, choices, fallback) {
    const value = this.raw(key) ?? fallback;
    const found = choices.find((choice) => choice === value);
    return found ?? this.fail(`${key} ${show(value)} is not supported`, { choices });
  }
  /** One number for both directions, or [vertical, horizontal]. */
  pair(key, fallback, min = 1) {
    const value = this.raw(key) ?? fallback;
    const both = Array.isArray(value) ? value : [value, value];
    const [vertical, horizontal] = both;
    if (both.length === 2 && isCount(vertical, min) && isCount(horizontal, min))
      return [vertical, horizontal];
    return this.fail(`${key} is ${show(value)}`, {
      why: `It must be a whole number of at least ${min}, or two of them: vertical, horizontal.`
    });
  }
  /** [[top, bottom], [left, right]], from any of the three forms Keras writes. */
  margins(key) {
    const value = this.raw(key);
    const sides = Array.isArray(value) ? value : [value, value];
    const both = sides.map((side) => Array.isArray(side) ? side : [side, side]);
    const flat = both.flat();
    if (both.length === 2 && flat.length === 4 && flat.every((n) => isCount(n, 0))) {
      const [top3, bottom, left, right] = flat;
      return [
        [top3, bottom],
        [left, right]
      ];
    }
    return this.fail(`${key} is ${show(value)}`, { why: "It must be [[top, bottom], [left, right]]." });
  }
  /** Refuses an option that this project does not carry out; null, undefined and `allowed` pass. */
  only(key, allowed) {
    const value = this.raw(key) ?? allowed;
    if (JSON.stringify(value) === JSON.stringify(allowed)) return;
    this.fail(`${key} ${show(value)} is not supported`, {
      choices: [allowed === null ? "none" : show(allowed)]
    });
  }
  channelsLast() {
    if (this.raw("data_format") !== "channels_first") return;
    this.fail('data_format "channels_first" is not supported', {
      hint: 'Save the model with data_format "channels_last", which is what Keras does by default.'
    });
  }
  /** The nonlinearity under `key`: a name, or a serialized activation layer. */
  activation(key = "activation") {
    const value = this.raw(key) ?? "linear";
    if (typeof value === "string") return this.#namedActivation(key, value, {});
    if (isRecord(value) && typeof value["class_name"] === "string") {
      const { class_name: type, config } = value;
      const inner = isRecord(config) ? config : {};
      if (type === "function" && typeof config === "string") return this.#namedActivation(key, config, {});
      const known = Object.hasOwn(activationLayers, type) ? activationLayers[type] : void 0;
      if (known) return { name: known, parameters: numbersOf(inner) };
      return this.#namedActivation(key, type, {});
    }
    return this.fail(`${key} is ${show(value)}`, { choices: activationNames });
  }
  #namedActivation(key, name, parameters) {
    const known = activationName(name);
    if (!known) {
      this.fail(`${key} ${show(name)} is not supported`, {
        why: "Code in model files is never run, so custom activation functions cannot be used.",
        choices: activationNames
      });
    }
    const slope = this.raw("hard_sigmoid_slope");
    if (typeof slope === "number" && known.startsWith("hard_")) return { name: known, parameters: { slope } };
    return { name: known, parameters };
  }
  /** Keras' snake_case name of an initializer; `fallback` where the file names none that is known. */
  initializer(key, fallback) {
    const value = this.raw(key);
    const name = isRecord(value) ? value["class_name"] : value;
    return typeof name === "string" ? snakeCase(name) : fallback;
  }
  /** Axis numbers counted from the batch axis (0), negatives resolved. */
  axes(key, fallback, rank) {
    const value = this.raw(key) ?? fallback;
    const list = Array.isArray(value) ? value : [value];
    return list.map((axis) => {
      if (typeof axis !== "number" || !Number.isInteger(axis) || axis < -rank || axis >= rank) {
        return this.fail(`${key} is ${show(value)}`, {
          why: `Its input has ${rank} axes, the batch among them.`
        });
      }
      return axis < 0 ? axis + rank : axis;
    });
  }
};
var activationLayers = {
  ReLU: "relu",
  LeakyReLU: "leaky_relu",
  ELU: "elu",
  Softmax: "softmax"
};
function numbersOf(config) {
  return Object.fromEntries(
    Object.entries(config).filter((entry) => typeof entry[1] === "number")
  );
}
function snakeCase(name) {
  return name.replace(/\W+/g, "").replace(/(.)([A-Z][a-z]+)/g, "$1_$2").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}
function isCount(value, min) {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= 2 ** 31;
}
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function show(value) {
  if (value === void 0) return "missing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}\u2026` : text;
}

// src/model/layers/layer-type.ts
var READS_NOTHING = { inputs: false, output: false };
var IDENTITY = { kind: "identity" };
var GLOBAL = { kind: "global" };

// src/model/layers/rules.ts
var backwardRules = ["gradient", "deconvnet", "guided", "redirected"];
var RECTIFIERS = /* @__PURE__ */ new Set([
  "relu",
  "relu6",
  "leaky_relu",
  "elu",
  "selu",
  "softplus",
  "swish",
  "hard_swish",
  "gelu",
  "mish"
]);
function rampOf({ name, parameters: p }) {
  if (name === "relu6") return { leak: 0, ceiling: 6, threshold: 0 };
  if (name === "leaky_relu") return { leak: p["negative_slope"] ?? 0.2, ceiling: Infinity, threshold: 0 };
  if (name !== "relu") return void 0;
  const { negative_slope: leak = 0, max_value: ceiling = Infinity, threshold = 0 } = p;
  if (leak < 0 || ceiling <= threshold || leak !== 0 && threshold < 0) return void 0;
  return { leak, ceiling, threshold };
}
function readsOutput(activation2, rules) {
  if (activation2.name === "linear") return false;
  if (!rampOf(activation2)) return void 0;
  return rules.some((rule) => rule !== "deconvnet");
}
function throughRamp(tf2, reluGradient2, activation2, rule, signal, y) {
  if (activation2.name === "linear") return signal;
  const ramp = rampOf(activation2);
  if (rule === "deconvnet") return tf2.relu(signal);
  const gradient = (g) => rampGradient(tf2, reluGradient2, ramp, g, y);
  if (rule === "guided") return gradient(tf2.relu(signal));
  const passed = gradient(signal);
  if (rule === "gradient" || ramp.leak !== 0) return passed;
  const axes = signal.shape.map((_, axis) => axis).slice(1);
  const blocked = tf2.equal(tf2.max(tf2.abs(passed), axes, true), 0);
  const up = tf2.relu(signal);
  const pushing = ramp.ceiling === Infinity ? up : tf2.where(tf2.less(y, ramp.ceiling), up, tf2.minimum(signal, 0));
  return tf2.add(passed, tf2.mul(pushing, tf2.cast(blocked, "float32")));
}
function rampGradient(tf2, reluGradient2, { leak, ceiling, threshold }, signal, y) {
  const bounded = (g) => ceiling === Infinity ? g : tf2.mul(g, tf2.cast(tf2.less(y, ceiling), "float32"));
  if (leak === 0 && threshold >= 0) return bounded(reluGradient2(signal, y));
  const passes = threshold < 0 ? tf2.notEqual(y, 0) : tf2.greater(y, 0);
  return bounded(tf2.where(passes, signal, tf2.mul(signal, leak)));
}
function activateByRule(tf2, reluGradient2, activation2, rule, x) {
  const y = applyActivation(tf2, activation2, x);
  if (rule === "gradient" || !RECTIFIERS.has(activation2.name)) return y;
  if (rule === "guided") return positiveSignal(tf2, y);
  if (rule === "redirected" && !rampOf(activation2)) return y;
  const replaced = tf2.customGrad((input, save) => {
    const output = applyActivation(tf2, activation2, input);
    save([output]);
    return {
      value: output,
      gradFunc: (signal, saved) => rampOf(activation2) ? throughRamp(tf2, reluGradient2, activation2, rule, signal, saved[0]) : tf2.relu(signal)
    };
  });
  return replaced(x);
}
function positiveSignal(tf2, y) {
  const positive = tf2.customGrad((input) => ({
    value: tf2.clone(input),
    gradFunc: (signal) => tf2.relu(signal)
  }));
  return positive(y);
}

// src/model/layers/windows.ts
function windowAxis(n, size2, stride, padding) {
  if (padding === "valid") return { out: Math.floor((n - size2) / stride) + 1, before: 0 };
  const out = Math.ceil(n / stride);
  return { out, before: Math.floor(Math.max((out - 1) * stride + size2 - n, 0) / 2) };
}
function mapShape(config, inputs) {
  const shape = oneInput(config, inputs);
  if (shape.length === 3) return shape;
  return config.fail(`its input has the shape [${shape.join(", ")}]`, {
    why: "It takes maps: [height, width, channels]."
  });
}
function oneInput(config, inputs) {
  const [shape, ...others] = inputs;
  if (shape && !others.length) return shape;
  return config.fail(`it has ${inputs.length} inputs`, { why: "A layer of this type takes one." });
}
function windows(config, input, size2, stride, padding) {
  const vertical = windowAxis(input[0], size2[0], stride[0], padding);
  const horizontal = windowAxis(input[1], size2[1], stride[1], padding);
  if (vertical.out < 1 || horizontal.out < 1) {
    config.fail(`its ${size2[0]}x${size2[1]} window is larger than its ${input[0]}x${input[1]} input`, {
      hint: 'Use a larger input, a smaller window, or padding "same".'
    });
  }
  return {
    height: vertical.out,
    width: horizontal.out,
    field: { kind: "window", size: size2, stride, before: [vertical.before, horizontal.before] }
  };
}

// src/model/layers/activations.ts
function elementwise(of) {
  return (config, inputs) => {
    const outputShape = oneInput(config, inputs);
    const activation2 = of(config, outputShape);
    return {
      outputShape,
      weights: [],
      field: IDENTITY,
      forward: (run2, [x]) => run2.activate(activation2, x),
      back: readsOutput(activation2, []) === void 0 ? void 0 : {
        reads: (rules) => ({ inputs: false, output: readsOutput(activation2, rules) }),
        signals: (run2, { signal, output }) => [run2.through(activation2, signal, output)]
      }
    };
  };
}
var activation = elementwise((config) => config.activation());
var relu2 = elementwise((config) => {
  const max = config.raw("max_value") ?? void 0;
  const parameters = {
    ...max === void 0 ? {} : { max_value: config.number("max_value", 0) },
    negative_slope: config.number("negative_slope", 0),
    threshold: config.number("threshold", 0)
  };
  return { name: "relu", parameters };
});
var leakyRelu = elementwise((config) => ({
  name: "leaky_relu",
  parameters: { negative_slope: config.number("negative_slope", config.number("alpha", 0.3)) }
}));
var elu2 = elementwise((config) => ({
  name: "elu",
  parameters: { alpha: config.number("alpha", 1) }
}));
var softmax = elementwise((config, input) => {
  const rank = input.length + 1;
  const axes = config.axes("axis", -1, rank);
  if (axes.length !== 1 || axes[0] !== rank - 1) config.only("axis", -1);
  return { name: "softmax", parameters: {} };
});
var prelu = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const shared = config.axes("shared_axes", 0, outputShape.length + 1);
  return {
    outputShape,
    weights: [
      {
        name: "alpha",
        shape: outputShape.map((n, axis) => shared.includes(axis + 1) ? 1 : n),
        initializer: config.initializer("alpha_initializer", "zeros")
      }
    ],
    field: IDENTITY,
    forward: ({ tf: tf2 }, [x], weights) => tf2.prelu(x, weights["alpha"]),
    back: {
      reads: (rules) => ({ inputs: rules.some((rule) => rule !== "deconvnet"), output: false }),
      signals({ tf: tf2, rule }, { signal, inputs: [x] }, { alpha }) {
        const positive = rule === "deconvnet" || rule === "guided" ? tf2.relu(signal) : signal;
        return [
          rule === "deconvnet" ? positive : tf2.where(tf2.greater(x, 0), positive, tf2.mul(positive, alpha))
        ];
      }
    }
  };
};

// src/model/layers/convolution.ts
var PADDINGS = ["valid", "same"];
function finish(config, channels2) {
  const useBias = config.boolean("use_bias", true);
  const activation2 = config.activation();
  const bias = useBias ? [{ name: "bias", shape: [channels2], initializer: config.initializer("bias_initializer", "zeros") }] : [];
  const apply = (run2, x, weights) => run2.activate(activation2, useBias ? run2.tf.add(x, weights["bias"]) : x);
  const back = (towardsInput) => readsOutput(activation2, []) === void 0 ? void 0 : {
    reads: (rules) => ({ inputs: false, output: readsOutput(activation2, rules) }),
    signals(run2, passed, weights) {
      const signal = run2.through(activation2, passed.signal, passed.output);
      return [towardsInput(run2, signal, passed, weights)];
    }
  };
  return { bias, apply, back };
}
function dilate(tf2, kernel, [vertical, horizontal]) {
  if (vertical === 1 && horizontal === 1) return kernel;
  const [height, width, inputs, outputs] = kernel.shape;
  const spread = (x, by) => tf2.pad(x, [
    [0, 0],
    [0, by - 1],
    [0, 0]
  ]);
  const rows = spread(tf2.reshape(kernel, [height, 1, width * inputs * outputs]), vertical);
  const columns = spread(tf2.reshape(rows, [height * vertical * width, 1, inputs * outputs]), horizontal);
  const full = tf2.reshape(columns, [height * vertical, width * horizontal, inputs, outputs]);
  return tf2.slice(
    full,
    [0, 0, 0, 0],
    [(height - 1) * vertical + 1, (width - 1) * horizontal + 1, inputs, outputs]
  );
}
function geometry(config) {
  config.channelsLast();
  const size2 = config.pair("kernel_size");
  const strides = config.pair("strides", [1, 1]);
  const dilation = config.pair("dilation_rate", [1, 1]);
  const padding = config.choice("padding", PADDINGS, "valid");
  return {
    size: size2,
    strides,
    dilation,
    padding,
    span: [(size2[0] - 1) * dilation[0] + 1, (size2[1] - 1) * dilation[1] + 1]
  };
}
var conv2d = (config, inputs) => {
  const input = mapShape(config, inputs);
  const { size: size2, strides, dilation, padding, span } = geometry(config);
  const filters = config.integer("filters");
  const groups = config.integer("groups", 1);
  const [, , channels2] = input;
  if (channels2 % groups || filters % groups) {
    config.fail(`groups is ${groups}`, {
      why: `It must divide ${channels2} input channels and ${filters} filters.`
    });
  }
  const { height, width, field } = windows(config, input, span, strides, padding);
  const { bias, apply, back } = finish(config, filters);
  const convolve = (tf2, x, kernel) => tf2.conv2d(x, dilate(tf2, kernel, dilation), [...strides], padding);
  return {
    outputShape: [height, width, filters],
    weights: [
      {
        name: "kernel",
        shape: [...size2, channels2 / groups, filters],
        initializer: config.initializer("kernel_initializer", "glorot_uniform")
      },
      ...bias
    ],
    field,
    forward(run2, [x], weights) {
      const { tf: tf2 } = run2;
      const maps = x;
      const kernel = weights["kernel"];
      if (groups === 1) return apply(run2, convolve(tf2, maps, kernel), weights);
      const kernels = tf2.split(kernel, groups, 3);
      const parts = tf2.split(maps, groups, 3).map((part2, g) => convolve(tf2, part2, kernels[g]));
      return apply(run2, tf2.concat(parts, 3), weights);
    },
    back: groups === 1 ? back(
      ({ tf: tf2 }, signal, { inputShapes: [shape] }, { kernel }) => tf2.conv2dTranspose(
        signal,
        dilate(tf2, kernel, dilation),
        shape,
        [...strides],
        padding
      )
    ) : void 0,
    kernel: (_tf, weights) => weights["kernel"]
  };
};
var depthwiseConv2d = (config, inputs) => {
  const input = mapShape(config, inputs);
  const { size: size2, strides, dilation, padding, span } = geometry(config);
  const multiplier = config.integer("depth_multiplier", 1);
  const { height, width, field } = windows(config, input, span, strides, padding);
  const [, , channels2] = input;
  const { bias, apply } = finish(config, channels2 * multiplier);
  return {
    outputShape: [height, width, channels2 * multiplier],
    weights: [
      {
        name: "kernel",
        shape: [...size2, channels2, multiplier],
        initializer: config.initializer("depthwise_initializer", "glorot_uniform")
      },
      ...bias
    ],
    field,
    forward(run2, [x], weights) {
      const kernel = dilate(run2.tf, weights["kernel"], dilation);
      return apply(run2, run2.tf.depthwiseConv2d(x, kernel, [...strides], padding), weights);
    },
    // Filter c·multiplier + m looks at channel c only, so that each has one input channel.
    kernel: (tf2, weights) => tf2.reshape(weights["kernel"], [...size2, 1, channels2 * multiplier])
  };
};
var separableConv2d = (config, inputs) => {
  const input = mapShape(config, inputs);
  const { size: size2, strides, dilation, padding, span } = geometry(config);
  const multiplier = config.integer("depth_multiplier", 1);
  const filters = config.integer("filters");
  const { height, width, field } = windows(config, input, span, strides, padding);
  const [, , channels2] = input;
  const { bias, apply } = finish(config, filters);
  return {
    outputShape: [height, width, filters],
    weights: [
      {
        name: "depthwise_kernel",
        shape: [...size2, channels2, multiplier],
        initializer: config.initializer("depthwise_initializer", "glorot_uniform")
      },
      {
        name: "pointwise_kernel",
        shape: [1, 1, channels2 * multiplier, filters],
        initializer: config.initializer("pointwise_initializer", "glorot_uniform")
      },
      ...bias
    ],
    field,
    forward(run2, [x], weights) {
      const { tf: tf2 } = run2;
      const depthwise = dilate(tf2, weights["depthwise_kernel"], dilation);
      const middle = tf2.depthwiseConv2d(x, depthwise, [...strides], padding);
      return apply(run2, tf2.conv2d(middle, weights["pointwise_kernel"], 1, "valid"), weights);
    },
    // Both steps as one kernel: K[y, x, c, f] = sum over m of D[y, x, c, m] · P[c·multiplier + m, f].
    kernel(tf2, weights) {
      const depthwise = tf2.reshape(weights["depthwise_kernel"], [size2[0] * size2[1], channels2, multiplier]);
      const pointwise = tf2.reshape(weights["pointwise_kernel"], [channels2, multiplier, filters]);
      const product = tf2.matMul(tf2.transpose(depthwise, [1, 0, 2]), pointwise);
      return tf2.reshape(tf2.transpose(product, [1, 0, 2]), [...size2, channels2, filters]);
    }
  };
};
var conv2dTranspose = (config, inputs) => {
  const [inHeight, inWidth, channels2] = mapShape(config, inputs);
  const { size: size2, strides, padding } = geometry(config);
  config.only("dilation_rate", [1, 1]);
  config.only("output_padding", null);
  const filters = config.integer("filters");
  const { bias, apply, back } = finish(config, filters);
  const grow = (n, axis) => padding === "same" ? n * strides[axis] : n * strides[axis] + Math.max(size2[axis] - strides[axis], 0);
  const height = grow(inHeight, 0);
  const width = grow(inWidth, 1);
  const before = [0, 1].map(
    (axis) => padding === "same" ? Math.floor(Math.max(size2[axis] - strides[axis], 0) / 2) : 0
  );
  const along = (of) => [of(0), of(1)];
  return {
    outputShape: [height, width, filters],
    weights: [
      {
        name: "kernel",
        shape: [...size2, filters, channels2],
        initializer: config.initializer("kernel_initializer", "glorot_uniform")
      },
      ...bias
    ],
    field: {
      kind: "window",
      size: along((a) => (size2[a] - 1) / strides[a] + 1),
      stride: along((a) => 1 / strides[a]),
      before: along((a) => (size2[a] - 1 - before[a]) / strides[a])
    },
    forward(run2, [x], weights) {
      const maps = x;
      const y = run2.tf.conv2dTranspose(
        maps,
        weights["kernel"],
        [maps.shape[0], height, width, filters],
        [...strides],
        padding
      );
      return apply(run2, y, weights);
    },
    back: back(
      ({ tf: tf2 }, signal, _passed, { kernel }) => tf2.conv2d(signal, kernel, [...strides], padding)
    )
  };
};

// src/model/layers/dense.ts
var dense = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const units = config.integer("units");
  const features = shape[shape.length - 1];
  const useBias = config.boolean("use_bias", true);
  const activation2 = config.activation();
  return {
    outputShape: [...shape.slice(0, -1), units],
    weights: [
      {
        name: "kernel",
        shape: [features, units],
        initializer: config.initializer("kernel_initializer", "glorot_uniform")
      },
      ...useBias ? [{ name: "bias", shape: [units], initializer: config.initializer("bias_initializer", "zeros") }] : []
    ],
    field: shape.length === 3 ? IDENTITY : GLOBAL,
    forward(run2, [x], weights) {
      const { tf: tf2 } = run2;
      const rows = tf2.reshape(x, [-1, features]);
      const product = tf2.matMul(rows, weights["kernel"]);
      const sums = useBias ? tf2.add(product, weights["bias"]) : product;
      return run2.activate(activation2, tf2.reshape(sums, [...x.shape.slice(0, -1), units]));
    },
    back: readsOutput(activation2, []) === void 0 ? void 0 : {
      reads: (rules) => ({ inputs: false, output: readsOutput(activation2, rules) }),
      signals(run2, { signal, output, inputShapes }, { kernel }) {
        const { tf: tf2 } = run2;
        const rows = tf2.reshape(run2.through(activation2, signal, output), [-1, units]);
        const product = tf2.matMul(rows, kernel, false, true);
        return [tf2.reshape(product, [...inputShapes[0]])];
      }
    }
  };
};

// src/model/layers/merging.ts
function broadcast(config, inputs) {
  const rank = inputs[0]?.length ?? 0;
  const shape = Array.from(
    { length: rank },
    (_, axis) => Math.max(...inputs.map((input) => input[axis] ?? NaN))
  );
  const fits = inputs.every(
    (input) => input.length === rank && input.every((n, axis) => n === 1 || n === shape[axis])
  );
  if (fits && inputs.length > 1) return shape;
  return config.fail(
    `its inputs have the shapes ${inputs.map((input) => `[${input.join(", ")}]`).join(", ") || "of nothing"}`,
    {
      why: "It needs two or more inputs of one shape."
    }
  );
}
function merging(merge, exactly, share) {
  return (config, inputs) => {
    if (exactly !== void 0 && inputs.length !== exactly)
      config.fail(`it has ${inputs.length} inputs, not ${exactly}`);
    const outputShape = broadcast(config, inputs);
    const aligned = inputs.every((input) => input.slice(0, -1).join() === outputShape.slice(0, -1).join());
    const alike = inputs.every((input) => input.join() === outputShape.join());
    return {
      outputShape,
      weights: [],
      field: aligned ? IDENTITY : GLOBAL,
      forward: ({ tf: tf2 }, tensors) => merge(tf2, tensors),
      back: share && alike ? {
        reads: () => READS_NOTHING,
        signals({ tf: tf2 }, { signal }) {
          const part2 = share(tf2, signal, inputs.length);
          return inputs.map(() => part2);
        }
      } : void 0
    };
  };
}
var pairwise = (op) => (tf2, inputs) => inputs.reduce((a, b) => op(tf2, a, b));
var sum = pairwise((tf2, a, b) => tf2.add(a, b));
var add = merging(sum, void 0, (_tf, signal) => signal);
var subtract = merging(
  pairwise((tf2, a, b) => tf2.sub(a, b)),
  2
);
var multiply = merging(pairwise((tf2, a, b) => tf2.mul(a, b)));
var average = merging(
  (tf2, inputs) => tf2.div(sum(tf2, inputs), inputs.length),
  void 0,
  (tf2, signal, n) => tf2.div(signal, n)
);
var maximum = merging(pairwise((tf2, a, b) => tf2.maximum(a, b)));
var minimum = merging(pairwise((tf2, a, b) => tf2.minimum(a, b)));
var concatenate = (config, inputs) => {
  const rank = (inputs[0]?.length ?? 0) + 1;
  const axes = config.axes("axis", -1, rank);
  const axis = axes[0] - 1;
  if (axes.length !== 1 || axis < 0) config.fail("axis must be one axis after the batch");
  const first = inputs[0] ?? [];
  const fits = inputs.every(
    (input) => input.length === first.length && input.every((n, a) => a === axis || n === first[a])
  );
  if (!fits || inputs.length < 1) {
    config.fail(`its inputs have the shapes ${inputs.map((input) => `[${input.join(", ")}]`).join(", ")}`, {
      why: `They must agree everywhere but along axis ${axis + 1}.`
    });
  }
  const total = inputs.reduce((all, input) => all + input[axis], 0);
  return {
    outputShape: first.map((n, a) => a === axis ? total : n),
    weights: [],
    // Side by side in space, units of one map would belong to different places.
    field: axis === first.length - 1 ? IDENTITY : GLOBAL,
    forward: ({ tf: tf2 }, tensors) => tf2.concat([...tensors], axis + 1),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf: tf2 }, { signal }) => tf2.split(
        signal,
        inputs.map((input) => input[axis]),
        axis + 1
      )
    }
  };
};

// src/model/layers/normalization.ts
function channelAxis(config, shape) {
  const axes = config.axes("axis", -1, shape.length + 1);
  if (axes.length !== 1 || axes[0] !== shape.length) {
    config.fail(`axis [${axes.join(", ")}] is not supported`, {
      why: "Only the last axis, the channels, can be normalized."
    });
  }
  return shape[shape.length - 1];
}
function vector(name, length, initializer) {
  return { name, shape: [length], initializer };
}
function scaleAndCenter(config, channels2) {
  return [
    ...config.boolean("scale", true) ? [vector("gamma", channels2, "ones")] : [],
    ...config.boolean("center", true) ? [vector("beta", channels2, "zeros")] : []
  ];
}
var batchNormalization = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels2 = channelAxis(config, outputShape);
  const epsilon = config.number("epsilon", 1e-3);
  const scaleOf = (tf2, { gamma, moving_variance: variance }) => tf2.div(gamma ?? 1, tf2.sqrt(tf2.add(variance, epsilon)));
  return {
    outputShape,
    weights: [
      ...scaleAndCenter(config, channels2),
      vector("moving_mean", channels2, "zeros"),
      vector("moving_variance", channels2, "ones")
    ],
    field: IDENTITY,
    // One multiplication and one addition on the maps, where tf.batchNorm's gradient needs many.
    forward({ tf: tf2 }, [x], weights) {
      const { beta, moving_mean: mean } = weights;
      const scale = scaleOf(tf2, weights);
      const shift = tf2.mul(mean, scale);
      return tf2.add(tf2.mul(x, scale), beta ? tf2.sub(beta, shift) : tf2.neg(shift));
    },
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf: tf2 }, { signal }, weights) => [tf2.mul(signal, scaleOf(tf2, weights))]
    }
  };
};
var layerNormalization = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels2 = channelAxis(config, outputShape);
  const epsilon = config.number("epsilon", 1e-3);
  config.only("rms_scaling", false);
  return {
    outputShape,
    weights: scaleAndCenter(config, channels2),
    field: IDENTITY,
    forward({ tf: tf2 }, [x], { gamma, beta }) {
      const centered = tf2.sub(x, tf2.mean(x, -1, true));
      const variance = tf2.mean(tf2.mul(centered, centered), -1, true);
      let y = tf2.div(centered, tf2.sqrt(tf2.add(variance, epsilon)));
      if (gamma) y = tf2.mul(y, gamma);
      return beta ? tf2.add(y, beta) : y;
    }
  };
};
var normalization = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels2 = channelAxis(config, outputShape);
  config.only("invert", false);
  const given = config.raw("mean") !== void 0 && config.raw("mean") !== null;
  const mean = given ? perChannel(config, "mean", channels2) : void 0;
  const variance = given ? perChannel(config, "variance", channels2) : void 0;
  return {
    outputShape,
    weights: given ? [] : [
      vector("mean", channels2, "zeros"),
      vector("variance", channels2, "ones"),
      { name: "count", shape: [], initializer: "zeros" }
    ],
    field: IDENTITY,
    forward({ tf: tf2 }, [x], weights) {
      const center2 = mean ? tf2.tensor1d(mean) : weights["mean"];
      const spread = tf2.sqrt(variance ? tf2.tensor1d(variance) : weights["variance"]);
      return tf2.div(tf2.sub(x, center2), tf2.maximum(spread, 1e-7));
    }
  };
};
var rescaling = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels2 = outputShape[outputShape.length - 1];
  const scale = perChannel(config, "scale", channels2);
  const offset = perChannel(config, "offset", channels2, 0);
  return {
    outputShape,
    weights: [],
    field: IDENTITY,
    forward: ({ tf: tf2 }, [x]) => tf2.add(tf2.mul(x, tf2.tensor1d(scale)), tf2.tensor1d(offset)),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf: tf2 }, { signal }) => [tf2.mul(signal, tf2.tensor1d(scale))]
    }
  };
};
function perChannel(config, key, channels2, fallback) {
  const value = config.raw(key) ?? fallback;
  const list = Array.isArray(value) ? value.flat(8) : [value];
  const valid = list.every((n) => typeof n === "number" && Number.isFinite(n));
  if (valid && list.length === channels2) return list;
  if (valid && list.length === 1) return Array.from({ length: channels2 }, () => list[0]);
  return config.fail(`${key} is not a number, nor a list of ${channels2}`);
}

// src/model/layers/pooling.ts
var PADDINGS2 = ["valid", "same"];
function pooling(kind) {
  return (config, inputs) => {
    config.channelsLast();
    const input = mapShape(config, inputs);
    const size2 = config.pair("pool_size", [2, 2]);
    const strides = config.pair("strides", size2);
    const padding = config.choice("padding", PADDINGS2, "valid");
    const { height, width, field } = windows(config, input, size2, strides, padding);
    return {
      outputShape: [height, width, input[2]],
      weights: [],
      field,
      forward: ({ tf: tf2 }, [x]) => tf2[kind](x, [...size2], [...strides], padding),
      back: {
        reads: () => ({ inputs: true, output: kind === "maxPool" }),
        signals({ tf: tf2 }, { signal: dy, inputs: [x], output }) {
          const attributes = { filterSize: [...size2], strides: [...strides], pad: padding };
          const gradient = kind === "maxPool" ? tf2.engine().runKernel("MaxPoolGrad", { dy, input: x, output }, attributes) : tf2.engine().runKernel("AvgPoolGrad", { dy, input: x }, attributes);
          return [gradient];
        }
      }
    };
  };
}
function globalPooling(kind) {
  return (config, inputs) => {
    config.channelsLast();
    const [, , channels2] = mapShape(config, inputs);
    const keep = config.boolean("keepdims", false);
    return {
      outputShape: keep ? [1, 1, channels2] : [channels2],
      weights: [],
      field: GLOBAL,
      forward: ({ tf: tf2 }, [x]) => tf2[kind](x, [1, 2], keep),
      back: {
        reads: () => kind === "max" ? { inputs: true, output: true } : READS_NOTHING,
        signals({ tf: tf2 }, { signal, inputShapes: [shape], inputs: [x], output }) {
          const spread = [shape[0], 1, 1, channels2];
          const upstream = tf2.reshape(signal, spread);
          if (kind === "mean") {
            const places = shape[1] * shape[2];
            return [tf2.tile(tf2.div(upstream, places), [1, shape[1], shape[2], 1])];
          }
          const strongest = tf2.cast(tf2.equal(x, tf2.reshape(output, spread)), "float32");
          return [tf2.mul(strongest, tf2.div(upstream, tf2.sum(strongest, [1, 2], true)))];
        }
      }
    };
  };
}
var maxPooling2d = pooling("maxPool");
var averagePooling2d = pooling("avgPool");
var globalMaxPooling2d = globalPooling("max");
var globalAveragePooling2d = globalPooling("mean");

// src/model/layers/shaping.ts
var ONE = [1, 1];
var asBefore = {
  reads: () => READS_NOTHING,
  signals: ({ tf: tf2 }, { signal, inputShapes: [shape] }) => [tf2.reshape(signal, [...shape])]
};
var zeroPadding2d = (config, inputs) => {
  config.channelsLast();
  const [height, width, channels2] = mapShape(config, inputs);
  const [[top3, bottom], [left, right]] = config.margins("padding");
  return {
    outputShape: [height + top3 + bottom, width + left + right, channels2],
    weights: [],
    field: { kind: "window", size: ONE, stride: ONE, before: [top3, left] },
    forward: ({ tf: tf2 }, [x]) => tf2.pad(x, [
      [0, 0],
      [top3, bottom],
      [left, right],
      [0, 0]
    ]),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf: tf2 }, { signal, inputShapes: [shape] }) => [
        tf2.slice(signal, [0, top3, left, 0], [...shape])
      ]
    }
  };
};
var cropping2d = (config, inputs) => {
  config.channelsLast();
  const [height, width, channels2] = mapShape(config, inputs);
  const [[top3, bottom], [left, right]] = config.margins("cropping");
  const rows = height - top3 - bottom;
  const columns = width - left - right;
  if (rows < 1 || columns < 1) config.fail(`it crops all of its ${height}x${width} input away`);
  return {
    outputShape: [rows, columns, channels2],
    weights: [],
    field: { kind: "window", size: ONE, stride: ONE, before: [-top3, -left] },
    forward: ({ tf: tf2 }, [x]) => tf2.slice(x, [0, top3, left, 0], [x.shape[0], rows, columns, channels2])
  };
};
function bilinearRows(tf2, n, factor) {
  const rows = new Float32Array(n * factor * n);
  for (let y = 0; y < n * factor; y++) {
    const at = Math.min(Math.max((y + 0.5) / factor - 0.5, 0), n - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, n - 1);
    rows[y * n + low] += 1 - (at - low);
    rows[y * n + high] += at - low;
  }
  return tf2.tensor3d(rows, [1, n * factor, n]);
}
var upSampling2d = (config, inputs) => {
  config.channelsLast();
  const [height, width, channels2] = mapShape(config, inputs);
  const [vertical, horizontal] = config.pair("size", [2, 2]);
  const interpolation = config.choice("interpolation", ["nearest", "bilinear"], "nearest");
  const nearest = interpolation === "nearest";
  const reach = (factor) => nearest ? 2 - 1 / factor : factor === 1 ? 1 : 3;
  const before = (factor) => nearest ? 1 - 1 / factor : factor === 1 ? 0 : 1.5 - 0.5 / factor;
  return {
    outputShape: [height * vertical, width * horizontal, channels2],
    weights: [],
    field: {
      kind: "window",
      size: [reach(vertical), reach(horizontal)],
      stride: [1 / vertical, 1 / horizontal],
      before: [before(vertical), before(horizontal)]
    },
    forward({ tf: tf2 }, [x]) {
      const batch = x.shape[0];
      const result = [batch, height * vertical, width * horizontal, channels2];
      if (interpolation === "nearest") {
        const rows2 = tf2.tile(tf2.reshape(x, [batch * height, 1, width * channels2]), [1, vertical, 1]);
        const all = batch * height * vertical * width;
        return tf2.reshape(tf2.tile(tf2.reshape(rows2, [all, 1, channels2]), [1, horizontal, 1]), result);
      }
      const rows = tf2.matMul(
        bilinearRows(tf2, height, vertical),
        tf2.reshape(x, [batch, height, width * channels2])
      );
      const columns = tf2.reshape(rows, [batch * height * vertical, width, channels2]);
      return tf2.reshape(tf2.matMul(bilinearRows(tf2, width, horizontal), columns), result);
    }
  };
};
var flatten = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const length = shape.reduce((product, n) => product * n, 1);
  return {
    outputShape: [length],
    weights: [],
    field: shape.length === 1 ? IDENTITY : GLOBAL,
    forward: ({ tf: tf2 }, [x]) => tf2.reshape(x, [x.shape[0], length]),
    back: asBefore
  };
};
var reshape = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const length = shape.reduce((product2, n) => product2 * n, 1);
  const target = config.raw("target_shape");
  const sizes = Array.isArray(target) ? target : [target];
  const known = sizes.filter((n) => n !== -1);
  const product = known.reduce((all, n) => all * (typeof n === "number" ? n : NaN), 1);
  const outputShape = sizes.map((n) => n === -1 ? length / product : n);
  const fits = outputShape.every((n) => Number.isSafeInteger(n) && n > 0);
  if (!fits || sizes.length - known.length > 1 || outputShape.reduce((all, n) => all * n, 1) !== length) {
    config.fail(
      `target_shape [${sizes.join(", ")}] does not hold the ${length} values of [${shape.join(", ")}]`
    );
  }
  return {
    outputShape,
    weights: [],
    field: outputShape.join() === shape.join() ? IDENTITY : GLOBAL,
    forward: ({ tf: tf2 }, [x]) => tf2.reshape(x, [x.shape[0], ...outputShape]),
    back: asBefore
  };
};
var permute = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const dims = config.raw("dims");
  const axes = Array.isArray(dims) ? dims : [];
  const inOrder = shape.map((_, axis) => axis + 1);
  if (inOrder.join() !== [...axes].sort().join()) {
    config.fail(`dims [${axes.join(", ")}] is not an order of the axes ${inOrder.join(", ")}`);
  }
  const order = axes;
  return {
    outputShape: order.map((axis) => shape[axis - 1]),
    weights: [],
    field: order.join() === inOrder.join() ? IDENTITY : GLOBAL,
    forward: ({ tf: tf2 }, [x]) => tf2.transpose(x, [0, ...order])
  };
};
var passThrough = (config, inputs) => ({
  outputShape: oneInput(config, inputs),
  weights: [],
  field: IDENTITY,
  forward: (_run, [x]) => x,
  back: { reads: () => READS_NOTHING, signals: (_run, { signal }) => [signal] }
});

// src/model/layer-types.ts
var layerTypes = {
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  Conv2DTranspose: conv2dTranspose,
  Dense: dense,
  Activation: activation,
  ReLU: relu2,
  LeakyReLU: leakyRelu,
  PReLU: prelu,
  ELU: elu2,
  Softmax: softmax,
  MaxPooling2D: maxPooling2d,
  AveragePooling2D: averagePooling2d,
  GlobalMaxPooling2D: globalMaxPooling2d,
  GlobalAveragePooling2D: globalAveragePooling2d,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Normalization: normalization,
  Rescaling: rescaling,
  ZeroPadding2D: zeroPadding2d,
  Cropping2D: cropping2d,
  UpSampling2D: upSampling2d,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  Add: add,
  Subtract: subtract,
  Multiply: multiply,
  Average: average,
  Maximum: maximum,
  Minimum: minimum,
  Concatenate: concatenate,
  Identity: passThrough,
  Dropout: passThrough,
  SpatialDropout2D: passThrough,
  AlphaDropout: passThrough,
  GaussianDropout: passThrough,
  GaussianNoise: passThrough,
  ActivityRegularization: passThrough,
  RandomFlip: passThrough,
  RandomRotation: passThrough,
  RandomZoom: passThrough,
  RandomTranslation: passThrough,
  RandomContrast: passThrough,
  RandomBrightness: passThrough
};
var aliases2 = {
  Convolution2D: "Conv2D",
  DepthwiseConvolution2D: "DepthwiseConv2D",
  SeparableConvolution2D: "SeparableConv2D",
  Convolution2DTranspose: "Conv2DTranspose",
  MaxPool2D: "MaxPooling2D",
  AvgPool2D: "AveragePooling2D",
  GlobalMaxPool2D: "GlobalMaxPooling2D",
  GlobalAvgPool2D: "GlobalAveragePooling2D",
  BatchNormalizationV1: "BatchNormalization",
  BatchNormalizationV2: "BatchNormalization",
  SyncBatchNormalization: "BatchNormalization"
};
function canonicalType(type) {
  return Object.hasOwn(aliases2, type) ? aliases2[type] : type;
}
function findLayerType(type) {
  return Object.hasOwn(layerTypes, type) ? layerTypes[type] : void 0;
}

// src/model/graph.ts
var MAX_VALUES = 2 ** 31;
function buildGraph(network, place) {
  const problems = [];
  const built = [];
  const positions = /* @__PURE__ */ new Map();
  for (const [index, node] of network.nodes.entries()) {
    if (positions.has(node.name)) problems.push({ what: `two layers are named "${node.name}"`, place });
    const inputs = node.inputs.map((name) => positions.get(name));
    positions.set(node.name, index);
    const missing = node.inputs.filter((_, i) => inputs[i] === void 0);
    if (missing.length) {
      problems.push({
        what: `layer "${node.name}" takes its input from "${missing[0]}", which does not come before it`,
        place
      });
      continue;
    }
    const shapes = inputs.map((i) => built[i]?.layer.outputShape);
    if (shapes.includes(void 0)) continue;
    try {
      const layer = buildLayer(network, node, shapes, place);
      built[index] = { index, node, inputs, layer };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  const layers = built.filter((layer) => layer !== void 0);
  if (!problems.length) problems.push(...absurdSizes(layers, place));
  if (problems.length) throw new UserError(problems);
  return layers;
}
function buildLayer(network, node, inputs, place) {
  if (node.type === "InputLayer") {
    return { outputShape: network.inputShape, weights: [], field: IDENTITY, forward: (_run, [x]) => x };
  }
  const type = findLayerType(node.type);
  const config = new ConfigReader(node.config, node.name, node.type, place);
  return type ? type(config, inputs) : unsupported(config, node.type);
}
function unsupported(config, type) {
  const custom = type === "Lambda" || /[.>]/.test(type);
  return config.fail("this layer type is not supported", {
    ...custom ? { why: "Code in model files is never run, so custom layers and Lambda layers cannot be used." } : {},
    hint: "Save a model that ends before this layer, or one built from the layer types below.",
    choices: Object.keys(layerTypes)
  });
}
function* absurdSizes(layers, place) {
  let total = 0;
  for (const { node, layer } of layers) {
    const values = layer.outputShape.reduce((product, n) => product * n, 1);
    const weights = countWeights(layer);
    total += weights;
    if (values <= MAX_VALUES && weights <= MAX_VALUES) continue;
    const [what, count] = values > MAX_VALUES ? ["an output", values] : ["weights", weights];
    yield {
      what: `layer "${node.name}" (${node.type}): ${what} of ${count.toLocaleString("en")} values`,
      place,
      why: `At most ${MAX_VALUES.toLocaleString("en")} can be handled.`
    };
    return;
  }
  if (total > MAX_VALUES)
    yield {
      what: `the model has ${total.toLocaleString("en")} weights`,
      place,
      why: `At most ${MAX_VALUES.toLocaleString("en")} can be handled.`
    };
}
function countWeights(layer) {
  return layer.weights.reduce((all, { shape }) => all + shape.reduce((product, n) => product * n, 1), 0);
}

// src/model/part.ts
function partOf(network, graph, layer, size2, place) {
  const last = graph[layer];
  if (!last) throw new Error(`there is no layer ${layer}: the network has 0 to ${graph.length - 1}`);
  const needed = /* @__PURE__ */ new Set([layer]);
  for (let index = layer; index >= 0; index--) {
    if (needed.has(index)) graph[index].inputs.forEach((input) => needed.add(input));
  }
  const [height, width, channels2] = network.inputShape;
  const whole = graph.filter(({ index }) => needed.has(index));
  const part2 = buildGraph(
    { ...network, inputShape: [...size2, channels2], nodes: whole.map(({ node }) => node) },
    place
  );
  const fixed = part2.findIndex(
    ({ layer: { weights } }, i) => weights.map(({ shape }) => shape.join()).join(";") !== whole[i].layer.weights.map(({ shape }) => shape.join()).join(";")
  );
  if (fixed >= 0) {
    const { name, type } = part2[fixed].node;
    throw new UserError({
      what: `layer "${last.node.name}" cannot be computed for pictures of ${size2.join("x")} pixels`,
      place,
      why: `The weights of layer "${name}" (${type}) fit ${height}x${width} pixels only.`,
      hint: `Use ${height}x${width} pixels, or a layer that stands before it.`
    });
  }
  return part2;
}

// src/model/preprocess.ts
var rgb = (of) => [0, 1, 2].map((from) => ({ from, ...of(from) }));
var TORCH_MEAN = [0.485, 0.456, 0.406];
var TORCH_DEVIATION = [0.229, 0.224, 0.225];
var channels = {
  none: rgb(() => ({ mean: 0, scale: 1 })),
  unit: rgb(() => ({ mean: 0, scale: 1 / 255 })),
  tf: rgb(() => ({ mean: 127.5, scale: 1 / 127.5 })),
  caffe: [
    { from: 2, mean: 103.939, scale: 1 },
    { from: 1, mean: 116.779, scale: 1 },
    { from: 0, mean: 123.68, scale: 1 }
  ],
  torch: rgb((c) => ({ mean: 255 * TORCH_MEAN[c], scale: 1 / (255 * TORCH_DEVIATION[c]) }))
};
function inputChannels(preprocess, count) {
  return channels[preprocess].slice(0, count);
}
function worksOnGrey(preprocess) {
  return preprocess !== "caffe" && preprocess !== "torch";
}
function valueRange(preprocess) {
  const ends = channels[preprocess].map(({ mean, scale }) => [-mean * scale, (255 - mean) * scale]);
  return [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, high]) => high))];
}
function preprocessPixels(data, from, to, preprocess) {
  const pixels = data.length / from;
  const values = new Float32Array(pixels * to);
  const rules = channels[preprocess].slice(0, to);
  for (let i = 0; i < pixels; i++) {
    for (const [c, { from: channel, mean, scale }] of rules.entries()) {
      values[i * to + c] = (pixelAt(data, i, from, to, channel) - mean) * scale;
    }
  }
  return values;
}
function pixelAt(data, i, from, to, channel) {
  if (from === 1) return data[i];
  if (to === 3) return data[i * 3 + channel];
  return 0.299 * data[i * 3] + 0.587 * data[i * 3 + 1] + 0.114 * data[i * 3 + 2];
}

// src/backend/rectify.ts
var RELU_GRADIENT = "ReluGrad";
function reluGradient(dy, y) {
  return tf.getKernel(RELU_GRADIENT, tf.getBackend()) ? tf.engine().runKernel(RELU_GRADIENT, { dy, x: y }) : tf.mul(dy, tf.step(y));
}

// src/model/backward.ts
var forwardRun = ({ bare }) => ({
  tf,
  activate: (activation2, x) => bare ? x : applyActivation(tf, activation2, x)
});
function readsOf({ layer }, rules, { bare }) {
  if (!layer.back) return { inputs: true, output: false };
  const reads = layer.back.reads(rules);
  return bare ? { ...reads, output: false } : reads;
}
function sendBack({ node, layer }, rule, manner, passed, weights) {
  if (layer.back) {
    const run3 = {
      tf,
      rule,
      through: (activation2, signal, output) => manner.bare ? signal : throughRamp(tf, reluGradient, activation2, rule, signal, output)
    };
    return layer.back.signals(run3, passed, weights);
  }
  const run2 = {
    tf,
    activate: (activation2, x) => manner.bare ? x : activateByRule(tf, reluGradient, activation2, rule, x)
  };
  const inputs = passed.inputs.map((x, i) => passed.inputs.indexOf(x) === i ? x : tf.clone(x));
  if (manner.bare && layer.forward(run2, inputs, weights) === inputs[0]) return [passed.signal];
  try {
    return tf.grads((...xs) => layer.forward(run2, xs, weights))(inputs, passed.signal);
  } catch (error) {
    throw new Error(`no signal can be sent back through layer "${node.name}" (${node.type})`, {
      cause: error
    });
  }
}

// src/model/trace.ts
function traceThrough(part2, weightsOf, input, { preactivation = false, rules = backwardRules }) {
  const last = part2.length - 1;
  const steps2 = part2.map((layer) => {
    const manner = { bare: preactivation && layer.index === last };
    return { layer, manner, reads: readsOf(layer, rules, manner) };
  });
  const maps = new Maps();
  countUses(steps2).forEach((uses, index) => maps.expect(index, uses));
  try {
    for (const { layer, manner } of steps2) {
      const { index, inputs } = layer;
      const taken = inputs.length ? inputs.map((i) => maps.get(i)) : [input];
      const output2 = tf.tidy(() => {
        const result = layer.layer.forward(forwardRun(manner), taken, weightsOf(layer));
        return taken.includes(result) ? result.clone() : result;
      });
      maps.set(index, output2);
      inputs.forEach((i) => maps.release(i));
    }
  } catch (error) {
    maps.dispose();
    throw error;
  }
  let spent = false;
  const output = maps.get(last);
  return {
    output,
    backward(signal, { rule = "gradient", keep = false } = {}) {
      if (spent) throw new Error("the trace is used up: keep it for more than one signal");
      if (!rules.includes(rule)) throw new Error(`the trace was not made for the rule ${rule}`);
      if (signal.shape.join() !== output.shape.join()) {
        throw new Error(
          `the signal's shape [${signal.shape.join(", ")}] is not [${output.shape.join(", ")}]`
        );
      }
      spent = !keep;
      const signals = [];
      signals[last] = signal.clone();
      try {
        for (const step of [...steps2].reverse()) {
          const { layer, manner, reads } = step;
          const { index, inputs } = layer;
          if (!inputs.length) continue;
          const arrived = signals[index];
          const results = tf.tidy(() => [
            ...sendBack(
              layer,
              rule,
              manner,
              {
                signal: arrived,
                inputShapes: inputs.map((i) => maps.shape(i)),
                inputs: reads.inputs ? inputs.map((i) => maps.get(i)) : [],
                output: reads.output ? maps.get(index) : void 0
              },
              weightsOf(layer)
            )
          ]);
          if (spent) {
            if (reads.output) maps.release(index);
            if (reads.inputs) inputs.forEach((i) => maps.release(i));
          }
          signals[index] = void 0;
          deliver(signals, inputs, results);
          if (!results.includes(arrived)) arrived.dispose();
        }
        return signals[0];
      } catch (error) {
        signals.forEach((left) => left?.dispose());
        throw error;
      }
    },
    dispose() {
      spent = true;
      maps.dispose();
    }
  };
}
function deliver(signals, inputs, results) {
  results.forEach((result, i) => {
    const own = results.indexOf(result) === i ? result : result.clone();
    const before = signals[inputs[i]];
    signals[inputs[i]] = before ? tf.add(before, own) : own;
    if (before) tf.dispose([before, own]);
  });
}
function countUses(steps2) {
  const uses = steps2.map((_, index) => index === steps2.length - 1 ? 1 : 0);
  for (const { layer, reads } of steps2) {
    for (const input of layer.inputs) uses[input] += reads.inputs ? 2 : 1;
    if (reads.output) uses[layer.index]++;
  }
  return uses;
}
var Maps = class {
  #tensors = /* @__PURE__ */ new Map();
  #uses = /* @__PURE__ */ new Map();
  #shapes = /* @__PURE__ */ new Map();
  expect(index, uses) {
    this.#uses.set(index, uses);
  }
  set(index, tensor) {
    this.#tensors.set(index, tensor);
    this.#shapes.set(index, tensor.shape);
  }
  get(index) {
    return this.#tensors.get(index);
  }
  /** Known after the map is gone, too. */
  shape(index) {
    return this.#shapes.get(index);
  }
  release(index) {
    const left = this.#uses.get(index) - 1;
    this.#uses.set(index, left);
    if (left > 0) return;
    this.#tensors.get(index)?.dispose();
    this.#tensors.delete(index);
  }
  dispose() {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
};

// src/model/executor.ts
var run = { tf, activate: (activation2, x) => applyActivation(tf, activation2, x) };
async function createModel(source) {
  const { network, graph, layers } = source;
  const loaded = await source.loadWeights();
  const weights = uploadWeights(graph, loaded);
  const kernels = /* @__PURE__ */ new Map();
  const parts = /* @__PURE__ */ new Map();
  const [height, width, channels2] = network.inputShape;
  const weightsOf = ({ node }) => weights.get(node.sharesWeightsOf ?? node.name) ?? {};
  return {
    network,
    layers,
    valueRange: valueRange(network.preprocess),
    badWeights: countBadWeights(loaded),
    input(pixels) {
      if (pixels.height !== height || pixels.width !== width) {
        throw new Error(`the network takes ${height}x${width} pixels, got ${pixels.height}x${pixels.width}`);
      }
      const to = channels2 === 1 ? 1 : 3;
      const values = preprocessPixels(pixels.data, pixels.channels, to, network.preprocess);
      return tf.tensor4d(values, [1, height, width, to]);
    },
    trace(input, layer, options = {}) {
      const [, rows, columns, depth] = input.shape;
      if (depth !== channels2) throw new Error(`the network takes ${channels2} channels, got ${depth}`);
      const key = [rows, columns, layer].join();
      const part2 = parts.get(key) ?? partOf(network, graph, layer, [rows, columns]);
      parts.set(key, part2);
      return traceThrough(part2, weightsOf, input, options);
    },
    forward: (input, wanted) => forward(graph, weightsOf, input, wanted),
    kernel(index) {
      const found = graph[index];
      if (!found?.layer.kernel) return void 0;
      let kernel = kernels.get(index);
      if (!kernel) {
        kernel = tf.keep(tf.tidy(() => tf.clone(found.layer.kernel(tf, weightsOf(found)))));
        kernels.set(index, kernel);
      }
      return kernel;
    },
    dispose() {
      for (const tensors of weights.values()) tf.dispose({ ...tensors });
      for (const kernel of kernels.values()) kernel.dispose();
      weights.clear();
      kernels.clear();
    }
  };
}
function forward(graph, weightsOf, input, wanted) {
  const uses = countUses2(graph, wanted);
  const outputs = /* @__PURE__ */ new Map();
  const release = (index) => {
    const left = uses.get(index) - 1;
    uses.set(index, left);
    if (left > 0) return;
    outputs.get(index).dispose();
    outputs.delete(index);
  };
  try {
    for (const layer of graph) {
      if (!uses.has(layer.index)) continue;
      const { inputs } = layer;
      const taken = inputs.length ? inputs.map((i) => outputs.get(i)) : [input];
      const output = tf.tidy(() => {
        const result = layer.layer.forward(run, taken, weightsOf(layer));
        return taken.includes(result) ? result.clone() : result;
      });
      outputs.set(layer.index, output);
      inputs.forEach(release);
    }
    const results = wanted.map((index, i) => {
      const output = outputs.get(index);
      return wanted.indexOf(index) === i ? output : output.clone();
    });
    outputs.clear();
    return results;
  } finally {
    for (const output of outputs.values()) output.dispose();
  }
}
function countUses2(graph, wanted) {
  const uses = /* @__PURE__ */ new Map();
  for (const index of wanted) {
    if (!graph[index])
      throw new Error(`there is no layer ${index}: the network has 0 to ${graph.length - 1}`);
    uses.set(index, (uses.get(index) ?? 0) + 1);
  }
  for (const { index, inputs } of [...graph].reverse()) {
    if (uses.has(index)) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  return uses;
}
function uploadWeights(graph, loaded) {
  const uploaded = /* @__PURE__ */ new Map();
  for (const { node, layer } of graph) {
    if (!layer.weights.length || node.sharesWeightsOf !== void 0) continue;
    const tensors = layer.weights.map(({ name, shape }) => {
      const stored = loaded.get(node.name)?.get(name);
      if (!stored) throw new Error(`layer "${node.name}" has no weights "${name}"`);
      return [name, tf.keep(tf.tensor(stored.data, [...shape], "float32"))];
    });
    uploaded.set(node.name, Object.fromEntries(tensors));
  }
  return uploaded;
}
function countBadWeights(weights) {
  return [...weights].flatMap(([layer, arrays]) => {
    let count = 0;
    for (const { data } of arrays.values()) for (const value of data) if (!Number.isFinite(value)) count++;
    return count ? [{ layer, count }] : [];
  });
}

// src/effects.ts
import { readdir, readFile, stat } from "node:fs/promises";
var nodeFiles = {
  readBytes: (path) => readFile(path),
  readText: (path) => readFile(path, "utf8"),
  list: (path) => readdir(path).catch(() => void 0),
  async stat(path) {
    try {
      const found = await stat(path);
      return { kind: found.isFile() ? "file" : found.isDirectory() ? "folder" : "other", size: found.size };
    } catch {
      return void 0;
    }
  }
};

// src/model/hash.ts
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
async function hashFile(path) {
  const [sha256, md5] = [createHash("sha256"), createHash("md5")];
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    sha256.update(chunk);
    md5.update(chunk);
  }
  return { sha256: sha256.digest("hex"), md5: md5.digest("hex") };
}
function hashJson(value) {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

// src/model/random.ts
import { createHash as createHash2 } from "node:crypto";
function randomFrom(text) {
  const digest = createHash2("sha256").update(text).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at));
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return (scrambled >>> 0) / 2 ** 32;
  };
}
function rotate(x, by) {
  return x << by | x >>> 32 - by;
}
function truncatedNormal(random, limit) {
  for (; ; ) {
    const x = (2 * random() - 1) * limit;
    if (random() < expNegative(x * x / 2)) return x;
  }
}
function expNegative(t) {
  let halvings = 0;
  while (t > 0.25) {
    t /= 2;
    halvings++;
  }
  let sum2 = 1;
  let term = 1;
  for (let n = 1; n <= 10; n++) {
    term *= -t / n;
    sum2 += term;
  }
  for (; halvings > 0; halvings--) sum2 *= sum2;
  return sum2;
}

// src/model/initializers.ts
function randomWeights(graph, seed) {
  const own = graph.filter(({ node, layer }) => layer.weights.length && node.sharesWeightsOf === void 0);
  return new Map(
    own.map(({ node, layer }) => [
      node.name,
      new Map(
        layer.weights.map((spec) => {
          const random = randomFrom(JSON.stringify([seed, node.name, spec.name]));
          return [spec.name, { shape: spec.shape, data: initialize(spec, random) }];
        })
      )
    ])
  );
}
function initialize({ shape, initializer }, random) {
  const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
  const { fanIn, fanOut } = fans(shape);
  const normal = (variance) => {
    const scale = Math.sqrt(variance) / 0.8796256610342398;
    return data.map(() => truncatedNormal(random, 2) * scale);
  };
  const uniform = (limit) => data.map(() => (2 * random() - 1) * limit);
  switch (initializer) {
    case "zeros":
      return data;
    case "ones":
      return data.fill(1);
    case "he_normal":
      return normal(2 / fanIn);
    case "lecun_normal":
      return normal(1 / fanIn);
    case "glorot_normal":
      return normal(2 / (fanIn + fanOut));
    case "he_uniform":
      return uniform(Math.sqrt(6 / fanIn));
    case "lecun_uniform":
      return uniform(Math.sqrt(3 / fanIn));
    case "random_uniform":
      return uniform(0.05);
    case "random_normal":
      return data.map(() => truncatedNormal(random, 6) * 0.05);
    case "truncated_normal":
      return data.map(() => truncatedNormal(random, 2) * 0.05);
    default:
      return uniform(Math.sqrt(6 / (fanIn + fanOut)));
  }
}
function fans(shape) {
  const [inputs = 1, outputs = inputs] = shape.slice(-2);
  const taps = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  return { fanIn: Math.max(1, taps * inputs), fanOut: Math.max(1, taps * outputs) };
}

// src/model/receptive-field.ts
var INPUT_FIELD = { size: [1, 1], stride: [1, 1], offset: [0, 0] };
function throughLayer(field, step) {
  if (!field || step.kind === "global") return void 0;
  if (step.kind === "identity") return field;
  const along = (of) => [clean(of(0)), clean(of(1))];
  return {
    size: along((a) => field.size[a] + (step.size[a] - 1) * field.stride[a]),
    stride: along((a) => field.stride[a] * step.stride[a]),
    offset: along((a) => field.offset[a] - step.before[a] * field.stride[a])
  };
}
function clean(value) {
  return Math.round(value * 1e6) / 1e6 || 0;
}
function union(fields) {
  const known = fields.filter((field) => field !== void 0);
  const [first] = known;
  if (!first || known.length !== fields.length) return void 0;
  const same = (a, b) => a[0] === b[0] && a[1] === b[1];
  if (known.some((field) => !same(field.stride, first.stride))) return void 0;
  const along = (of) => [of(0), of(1)];
  const start = along((a) => Math.min(...known.map((field) => field.offset[a])));
  const end = along((a) => Math.max(...known.map((field) => field.offset[a] + field.size[a])));
  return { size: along((a) => clean(end[a] - start[a])), stride: first.stride, offset: start };
}

// src/model/layer-list.ts
function listLayers(graph) {
  const fields = [];
  const laidOut = [];
  return graph.map(({ index, node, inputs, layer }) => {
    const field = inputs.length ? throughLayer(union(inputs.map((i) => fields[i])), layer.field) : INPUT_FIELD;
    fields[index] = field;
    const { outputShape } = layer;
    const reshapes = node.type === "Flatten" || node.type === "Reshape";
    laidOut[index] = outputShape.length === 1 && (reshapes || layer.weights.length === 0 && layer.field.kind === "identity" && inputs.some((i) => laidOut[i]));
    const filters = outputShape.length === 3 || outputShape.length === 1 && !laidOut[index];
    return {
      index,
      name: node.name,
      type: node.type,
      outputShape: [...outputShape],
      ...filters ? { filters: outputShape[outputShape.length - 1] } : {},
      parameters: node.sharesWeightsOf === void 0 ? countWeights(layer) : 0,
      ...field ? { receptiveField: field } : {}
    };
  });
}

// src/model/open-architecture.ts
import { extname, join as join8 } from "node:path";

// src/model/formats/format.ts
function flatTree(network) {
  return network.nodes.map(({ name, type }) => ({ name, type, node: name }));
}

// src/model/formats/inline.ts
var INLINE_INPUT = "input";
function inlineNetwork(layers, { inputShape, preprocess }) {
  const input = { name: INLINE_INPUT, type: "InputLayer", config: {}, inputs: [] };
  return {
    name: "inline",
    format: "inline",
    inputShape,
    nodes: [input, ...layers.map(inlineNode)],
    preprocess
  };
}
function inlineNode(layer) {
  const { name, from } = layer;
  return { name, inputs: [from], ...kerasLayer(layer) };
}
function kerasLayer(layer) {
  switch (layer.type) {
    case "conv2d":
      return {
        type: "Conv2D",
        config: {
          filters: layer.filters,
          kernel_size: layer.kernel,
          strides: layer.strides,
          padding: layer.padding,
          activation: layer.activation,
          use_bias: layer.useBias,
          kernel_initializer: layer.initializer
        }
      };
    case "dense":
      return {
        type: "Dense",
        config: {
          units: layer.units,
          activation: layer.activation,
          use_bias: layer.useBias,
          kernel_initializer: layer.initializer
        }
      };
    case "activation":
      return { type: "Activation", config: { activation: layer.activation } };
    case "max_pool":
    case "average_pool":
      return {
        type: layer.type === "max_pool" ? "MaxPooling2D" : "AveragePooling2D",
        config: { pool_size: layer.pool, strides: layer.strides, padding: layer.padding }
      };
    case "global_average_pool":
      return { type: "GlobalAveragePooling2D", config: {} };
    case "global_max_pool":
      return { type: "GlobalMaxPooling2D", config: {} };
    case "flatten":
      return { type: "Flatten", config: {} };
  }
}

// src/model/formats/hdf5.ts
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
var opened2 = 0;
async function withHdf5(source, place, read) {
  const h5 = await import("h5wasm");
  const { FS } = await h5.ready;
  silenceDiagnostics(FS);
  const name = `/file-${opened2++}.h5`;
  let descriptor;
  let file;
  try {
    if (source instanceof Uint8Array) FS.writeFile(name, source);
    else descriptor = mapFile(FS, name, source.path);
    file = new h5.File(name, "r");
    if (file.file_id < 0n) throw damaged(place, "It is no HDF5 file, or was cut short.");
    return read(wrapGroup(h5, file, place));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(place, `The HDF5 library says: ${firstLine(error)}`);
  } finally {
    try {
      if (file && file.file_id >= 0n) file.close();
      FS.unlink(name);
    } catch {
    }
    if (descriptor !== void 0) closeSync(descriptor);
  }
}
function damaged(place, why) {
  return new UserError({
    what: "this file cannot be read as HDF5",
    place,
    why,
    hint: "Save or download it again."
  });
}
function firstLine(error) {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, 200);
}
function mapFile(files, name, path) {
  const descriptor = openSync(path, "r");
  const { size: size2 } = fstatSync(descriptor);
  files.writeFile(name, new Uint8Array(0));
  const { node } = files.lookupPath(name);
  node.usedBytes = size2;
  node.stream_ops = {
    ...node.stream_ops,
    read(_stream, target, offset, length, position) {
      const count = Math.min(length, size2 - position);
      return count > 0 ? readSync(descriptor, target, offset, count, position) : 0;
    }
  };
  return descriptor;
}
function silenceDiagnostics(files) {
  const stderr = files.streams[2];
  if (!stderr) return;
  stderr.stream_ops = {
    ...stderr.stream_ops,
    write: (_stream, _data, _offset, length) => length
  };
}
function wrapGroup(h5, group, place) {
  const child = (parent, name) => parent.keys().includes(name) ? parent.get(name) : null;
  const strings = (value) => {
    if (typeof value === "string") return [value];
    if (Array.isArray(value)) return value.filter((text) => typeof text === "string");
    return ArrayBuffer.isView(value) && value.byteLength === 0 ? [] : void 0;
  };
  const attribute = (name) => name in group.attrs ? group.attrs[name].value : void 0;
  return {
    path: group.path,
    keys: () => group.keys(),
    group(name) {
      const found = child(group, name);
      return found instanceof h5.Group ? wrapGroup(h5, found, place) : void 0;
    },
    dataset(steps2) {
      let at = group;
      for (const step of steps2.slice(0, -1)) {
        const next = child(at, step);
        if (!(next instanceof h5.Group)) return void 0;
        at = next;
      }
      const found = child(at, steps2[steps2.length - 1] ?? "");
      return found instanceof h5.Dataset ? wrapDataset(found, place) : void 0;
    },
    text(name) {
      const value = attribute(name);
      return typeof value === "string" ? value : void 0;
    },
    texts(name) {
      const whole = strings(attribute(name));
      if (whole) return whole;
      const parts = [];
      for (let i = 0; ; i++) {
        const part2 = strings(attribute(`${name}${i}`));
        if (!part2) return i === 0 ? void 0 : parts;
        parts.push(...part2);
      }
    }
  };
}
function wrapDataset(dataset, place) {
  return {
    path: dataset.path,
    shape: dataset.shape ?? [],
    read() {
      const value = dataset.value;
      if (value instanceof Float32Array) return value;
      if (typeof value === "number") return Float32Array.of(value);
      if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
        return Float32Array.from(value, Number);
      }
      throw new UserError({
        what: `the weights ${dataset.path} are of the type ${JSON.stringify(dataset.dtype)}`,
        place,
        why: "Weights must be numbers."
      });
    }
  };
}

// src/model/formats/json.ts
function parseJson(text, what, place) {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError({
      what: `${what} is not valid JSON`,
      place,
      hint: "The file is damaged: save or download it again."
    });
  }
}

// src/model/formats/keras-inbound.ts
function inboundCalls({ name, inbound }, place) {
  const calls = Array.isArray(inbound) ? inbound : [];
  if (!calls.length) {
    throw new UserError({
      what: `the model's description cannot be used: layer "${name}" is connected to nothing`,
      place
    });
  }
  return calls.map((call) => {
    const references = isRecord(call) ? tensorsIn(call["args"], 0) : referenceList(call);
    const named = isRecord(call) ? tensorsIn(call["kwargs"], 0) : keywordTensors(call);
    if (references?.length && !named?.length) return references;
    throw new UserError({
      what: `the model's description cannot be used: the connections of layer "${name}" cannot be read`,
      place,
      ...named?.length ? { why: "A layer whose inputs are passed by name is not supported." } : {}
    });
  });
}
function outputReferences(value) {
  if (isRecord(value)) return Object.values(value).flatMap(outputReferences);
  return referenceList(value) ?? [];
}
function referenceList(value) {
  const single = reference(value);
  if (single) return [single];
  if (!Array.isArray(value)) return void 0;
  const all = value.map(reference);
  return all.includes(void 0) ? void 0 : all;
}
function reference(value) {
  if (!Array.isArray(value)) return void 0;
  const [layer, call, tensor] = value;
  const valid = typeof layer === "string" && Number.isInteger(call) && Number.isInteger(tensor);
  return valid ? { layer, call, tensor } : void 0;
}
function tensorsIn(value, depth) {
  if (depth > 8) return [];
  if (Array.isArray(value)) return value.flatMap((item) => tensorsIn(item, depth + 1));
  if (!isRecord(value)) return [];
  if (value["class_name"] === "__keras_tensor__") {
    const config = value["config"];
    const found = isRecord(config) ? reference(config["keras_history"]) : void 0;
    return found ? [found] : [];
  }
  return Object.values(value).flatMap((item) => tensorsIn(item, depth + 1));
}
function keywordTensors(call) {
  const entries = Array.isArray(call) ? call : [];
  const lists = reference(call) ? [entries] : entries;
  return lists.flatMap((entry) => {
    const keywords = Array.isArray(entry) ? entry[3] : void 0;
    return isRecord(keywords) ? Object.values(keywords).flatMap((value) => reference(value) ?? []) : [];
  });
}

// src/model/formats/keras-spec.ts
var MODELS = /* @__PURE__ */ new Set(["Sequential", "Functional", "Model"]);
function modelLayers(spec, place) {
  const { layers } = spec.config;
  if (!Array.isArray(layers) || !layers.length) {
    throw new UserError({
      what: `the model's description cannot be used: "${spec.name}" lists no layers`,
      place
    });
  }
  return layers.map((layer, i) => layerSpec(layer, place, `layer ${i} of "${spec.name}"`));
}
function layerSpec(value, place, what, nameless) {
  const config = isRecord(value) ? value["config"] : void 0;
  const type = isRecord(value) ? value["class_name"] : void 0;
  const fail = (why) => {
    throw new UserError({ what: `the model's description cannot be used: ${what} ${why}`, place });
  };
  if (!isRecord(value) || typeof type !== "string") return fail("has no class_name");
  const settings = Array.isArray(config) ? { layers: config } : config;
  if (!isRecord(settings)) return fail("has no config");
  const name = value["name"] ?? settings["name"] ?? nameless;
  if (typeof name !== "string" || !name) return fail("has no name");
  if (name.length > 500) return fail("has a name of more than 500 letters");
  return { name, type: qualifiedType(value, type), config: settings, inbound: value["inbound_nodes"] };
}
var OPERATORS = /* @__PURE__ */ new Set(["Add", "Subtract", "Multiply", "Maximum", "Minimum"]);
function qualifiedType(value, type) {
  const { module, registered_name: registered } = value;
  if (typeof registered === "string" && registered.includes(">") && !registered.startsWith("keras"))
    return registered;
  if (typeof module !== "string") return type;
  if (module.startsWith("keras.src.ops")) return OPERATORS.has(type) ? type : `${module}.${type}`;
  return /^(keras|tensorflow\.keras|tf_keras|builtins)\b/.test(module) ? type : `${module}.${type}`;
}

// src/model/formats/keras-input.ts
function kerasInputShape(root, { place, input }) {
  const written = writtenShape(root, place, 0);
  if (!written) {
    throw new UserError({
      what: "the model does not say what shape its input has",
      place,
      hint: "Begin it with keras.Input((height, width, channels)) and save it again."
    });
  }
  const [, height, width, channels2] = written;
  if (written.length !== 4) {
    throw new UserError({
      what: `the model's input has the shape ${show(written)}`,
      place,
      why: "Only models of pictures can be shown: [null, height, width, channels]."
    });
  }
  if (channels2 !== 1 && channels2 !== 3) {
    throw new UserError({
      what: `the model's input has ${show(channels2)} channels`,
      place,
      why: "Pictures have 1 channel (grey) or 3 (red, green, blue)."
    });
  }
  const size2 = input ?? [height, width];
  if (size2.some((n) => n === null || n === void 0)) {
    throw new UserError({
      what: "the model takes pictures of any size",
      place,
      hint: "Say which: `input: [height, width]` in the experiment file, --input HxW on the command line."
    });
  }
  if (!size2.every((n) => Number.isSafeInteger(n) && n > 0 && n <= 65536)) {
    throw new UserError({ what: `the model's input has the shape ${show(written)}`, place });
  }
  return [size2[0], size2[1], channels2];
}
function writtenShape(spec, place, depth) {
  for (const key of ["batch_shape", "batch_input_shape"]) {
    const shape = spec.config[key];
    if (Array.isArray(shape)) return shape;
  }
  if (depth > 16 || !Array.isArray(spec.config["layers"])) return void 0;
  const layers = modelLayers(spec, place);
  const first = layers.find(({ type }) => type === "InputLayer") ?? layers[0];
  const inner = writtenShape(first, place, depth + 1);
  if (inner) return inner;
  const built = spec.config["build_input_shape"];
  return Array.isArray(built) ? built : void 0;
}

// src/model/formats/keras-config.ts
var MAX_LAYERS = 1e4;
var MAX_DEPTH = 16;
function readKerasConfig(description, options) {
  const { place, format, preprocess } = options;
  const root = layerSpec(description, place, "the model", "model");
  if (!MODELS.has(root.type)) {
    throw new UserError({
      what: `the model is of the class ${show(root.type)}`,
      place,
      why: "Code in model files is never run, so models of custom classes cannot be used.",
      hint: "Save a Sequential or Functional model."
    });
  }
  const inputShape = kerasInputShape(root, options);
  const unfolding = new Unfolding(place, options.kerasMajor);
  const { tree } = unfolding.model(root, { prefix: "", again: "", depth: 0 });
  const network = { name: root.name, format, inputShape, nodes: unfolding.nodes, preprocess };
  return { network, tree };
}
var Unfolding = class {
  nodes = [];
  #place;
  #kerasMajor;
  #layers = 0;
  constructor(place, kerasMajor) {
    this.#place = place;
    this.#kerasMajor = kerasMajor;
  }
  model(spec, scope) {
    if (scope.depth > MAX_DEPTH) throw this.#malformed(`models are nested more than ${MAX_DEPTH} deep`);
    const layers = modelLayers(spec, this.#place);
    this.#layers += layers.length;
    if (this.#layers > MAX_LAYERS) throw this.#malformed(`it has more than ${MAX_LAYERS} layers`);
    return spec.type === "Sequential" ? this.#sequential(layers, scope) : this.#functional(spec, layers, scope);
  }
  #sequential(layers, scope) {
    const tree = [];
    const rest = layers[0]?.type === "InputLayer" ? layers.slice(1) : layers;
    const inputName = rest === layers ? `${layers[0]?.name ?? "model"}_input` : layers[0].name;
    let before = scope.inputs ?? [this.#input(inputName, scope)];
    if (before.length !== 1)
      throw this.#malformed(`a Sequential model is called with ${before.length} inputs`);
    for (const layer of rest) {
      const { outputs, item } = this.#layer(layer, before, scope, 0);
      tree.push(item);
      before = outputs;
    }
    return { outputs: before, tree };
  }
  #functional(spec, layers, scope) {
    const twice = layers.find(({ name }, i) => layers.some((other, j) => j < i && other.name === name));
    if (twice) throw this.#malformed(`two of its layers are named "${twice.name}"`);
    const inputNames = outputReferences(spec.config["input_layers"]).map(({ layer }) => layer);
    const items = /* @__PURE__ */ new Map();
    const calls = /* @__PURE__ */ new Map();
    let firstCall = /* @__PURE__ */ new Map();
    const find = ({ layer, call, tensor }) => calls.get(layer)?.[Math.max(call - (firstCall.get(layer) ?? 0), 0)]?.[tensor];
    let waiting = layers.flatMap((layer) => {
      if (layer.type === "InputLayer") {
        const position = inputNames.indexOf(layer.name);
        const given = scope.inputs?.[Math.max(position, 0)];
        if (scope.inputs && !given)
          throw this.#malformed(`the model "${spec.name}" is called with too few inputs`);
        calls.set(layer.name, [[given ?? this.#input(layer.name, scope)]]);
        items.set(layer.name, { name: layer.name, type: layer.type });
        return [];
      }
      return inboundCalls(layer, this.#place).map((references2, call) => ({ layer, references: references2, call }));
    });
    const references = [
      ...waiting.flatMap((one) => one.references),
      ...outputReferences(spec.config["output_layers"])
    ];
    firstCall = firstCalls(layers, references);
    while (waiting.length) {
      const blocked = waiting.filter(({ layer, references: references2, call }) => {
        const inputs = references2.map(find);
        const made = calls.get(layer.name) ?? [];
        if (inputs.includes(void 0) || made.length !== call) return true;
        const { outputs: outputs2, item } = this.#layer(layer, inputs, scope, call);
        calls.set(layer.name, [...made, outputs2]);
        if (call === 0) items.set(layer.name, item);
        return false;
      });
      if (blocked.length === waiting.length) {
        const [{ layer, references: references2 }] = blocked;
        const missing = references2.find((reference2) => find(reference2) === void 0)?.layer ?? layer.name;
        throw this.#malformed(
          `layer "${layer.name}" takes its input from "${missing}", which is missing or comes after it`
        );
      }
      waiting = blocked;
    }
    const outputs = outputReferences(spec.config["output_layers"]).map((reference2) => {
      const name = find(reference2);
      if (name === void 0) throw this.#malformed(`its output "${reference2.layer}" is no layer of it`);
      return name;
    });
    return { outputs, tree: layers.map(({ name, type }) => items.get(name) ?? { name, type }) };
  }
  #layer(spec, inputs, scope, call) {
    const again = call === 0 ? scope.again : `${scope.again}@${call + 1}`;
    if (MODELS.has(spec.type)) {
      const inner = { prefix: `${scope.prefix}${spec.name}/`, again, depth: scope.depth + 1, inputs };
      const { outputs, tree } = this.model(spec, inner);
      return { outputs, item: { name: spec.name, type: spec.type, children: tree } };
    }
    const own = `${scope.prefix}${spec.name}`;
    const node = {
      name: own + again,
      type: canonicalType(spec.type),
      config: this.#kerasMajor < 3 ? { ...spec.config, hard_sigmoid_slope: 0.2 } : spec.config,
      inputs,
      ...again ? { sharesWeightsOf: own } : {}
    };
    this.nodes.push(node);
    return { outputs: [node.name], item: { name: spec.name, type: spec.type, node: own } };
  }
  #input(name, scope) {
    if (this.nodes.length)
      throw this.#malformed(
        "it has more than one input",
        "Only models with one input, a picture, can be shown."
      );
    const node = { name: scope.prefix + name, type: "InputLayer", config: {}, inputs: [] };
    this.nodes.push(node);
    return node.name;
  }
  #malformed(what, why) {
    return new UserError({
      what: `the model's description cannot be used: ${what}`,
      place: this.#place,
      ...why ? { why } : {}
    });
  }
};
function firstCalls(layers, references) {
  const models = layers.filter(({ type }) => MODELS.has(type));
  return new Map(
    models.map(({ name, inbound }) => {
      const made = Array.isArray(inbound) ? inbound.length : 0;
      const highest = Math.max(
        0,
        ...references.filter(({ layer }) => layer === name).map(({ call }) => call)
      );
      return [name, highest >= made ? 1 : 0];
    })
  );
}

// src/model/formats/weight-assignment.ts
function neededWeights(graph) {
  const own = graph.filter(({ node, layer }) => layer.weights.length && node.sharesWeightsOf === void 0);
  return new Map(own.map(({ node, layer }) => [node.name, layer.weights]));
}
function leavesOf(item, needs) {
  if (item.children) {
    return item.children.flatMap(
      (child) => leavesOf(child, needs).map(({ node, path }) => ({ node, path: [item.name, ...path] }))
    );
  }
  return item.node !== void 0 && needs.has(item.node) ? [{ node: item.node, path: [item.name] }] : [];
}
function assignByName(leaves, arrays, needs) {
  const groups = /* @__PURE__ */ new Map();
  for (const array of arrays) {
    const owner = array.name.slice(0, Math.max(array.name.lastIndexOf("/"), 0));
    groups.set(owner, [...groups.get(owner) ?? [], array]);
  }
  const named = leaves.map(({ node, path }) => {
    const full = path.join("/");
    const inner = path[path.length - 1];
    const matches = [...groups.keys()].filter((owner2) => owner2 === inner || owner2.endsWith(`/${inner}`));
    const owner = [node, full].find((name) => groups.has(name)) ?? matches.find((match) => match.endsWith(full)) ?? (matches.length === 1 ? matches[0] : void 0);
    return { node, arrays: owner === void 0 ? [] : groups.get(owner) };
  });
  const complete = (all) => all.every(({ node, arrays: own }) => own.length === needs.get(node).length);
  if (complete(named)) return named;
  const ordered = dealOut(leaves, arrays, needs);
  return ordered && complete(ordered) ? ordered : void 0;
}
function dealOut(leaves, arrays, needs) {
  const total = leaves.reduce((sum2, { node }) => sum2 + needs.get(node).length, 0);
  if (total !== arrays.length) return void 0;
  const rest = [...arrays];
  const taken = new Map(leaves.map(({ node }) => [node, []]));
  for (const moving of [false, true]) {
    for (const { node } of leaves) {
      const count = needs.get(node).filter(({ name }) => name.startsWith("moving_") === moving).length;
      taken.get(node).push(...rest.splice(0, count));
    }
  }
  return leaves.map(({ node }) => ({ node, arrays: taken.get(node) }));
}
function checkAssignments(assignments, needs, place, hint) {
  const problems = [];
  for (const { node, arrays } of assignments) {
    const specs = needs.get(node);
    if (arrays.length !== specs.length) {
      problems.push({
        what: `layer "${node}": the file has ${arrays.length} weight arrays, the model needs ${specs.length}`,
        place,
        why: `It needs ${specs.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(", ")}.`,
        hint
      });
      continue;
    }
    for (const [i, { name, shape }] of specs.entries()) {
      const stored = arrays[i];
      if (stored.shape.join() === shape.join()) continue;
      problems.push({
        what: `layer "${node}": ${name} is ${shapeText(stored.shape)} in the file, the model needs ${shapeText(shape)}`,
        place,
        hint
      });
    }
  }
  if (problems.length) throw new UserError(problems);
}
function shapeText(shape) {
  return `[${shape.join(", ")}]`;
}
function readAssignments(assignments, needs) {
  return new Map(
    assignments.map(({ node, arrays }) => [
      node,
      new Map(needs.get(node).map(({ name, shape }, i) => [name, { shape, data: arrays[i].read() }]))
    ])
  );
}

// src/model/formats/keras-weights.ts
var HINT = "Give the weights that were saved from this very network.";
async function checkKerasWeights(weights) {
  await withHdf5(weights.source, weights.place, (root) => {
    assign(root, weights);
  });
}
function loadKerasWeights(weights) {
  return withHdf5(
    weights.source,
    weights.place,
    (root) => readAssignments(assign(root, weights), weights.needs)
  );
}
function assign(root, { place, tree, needs }) {
  const legacy = root.group("model_weights") ?? root;
  const names = legacy.texts("layer_names");
  const assignments = names ? assignLegacy(legacy, names, tree, needs, place) : container(root) ? assignTree(root, tree, needs, place) : void 0;
  if (!assignments) {
    throw new UserError({
      what: "this HDF5 file holds no Keras weights",
      place,
      why: "It has neither a list of layer names nor a group of layers.",
      hint: 'Save them with model.save_weights("name.weights.h5").'
    });
  }
  checkAssignments(assignments, needs, place, HINT);
  return assignments;
}
function assignLegacy(root, layerNames, tree, needs, place) {
  const stored = layerNames.map((name) => ({ name, arrays: legacyArrays(root, name, place) }));
  const items = tree.map((item) => ({ item, leaves: leavesOf(item, needs) })).filter(({ leaves }) => leaves.length);
  const byName = new Map(stored.map(({ name, arrays }) => [name, arrays]));
  const filled = stored.filter(({ arrays }) => arrays.length);
  const missing = items.filter(({ item }) => !byName.has(item.name));
  if (missing.length && filled.length !== items.length)
    throw missingLayers(
      missing.flatMap(({ leaves }) => leaves),
      place
    );
  return items.flatMap(({ item, leaves }, position) => {
    const arrays = missing.length ? filled[position].arrays : byName.get(item.name);
    const [only2] = leaves;
    if (only2 && leaves.length === 1 && !item.children) return [{ node: only2.node, arrays }];
    return assignByName(leaves, arrays, needs) ?? leaves.map(({ node }) => ({ node, arrays: [] }));
  });
}
function legacyArrays(root, layer, place) {
  const group = root.group(layer) ?? stepInto(root, layer.split("/"));
  const names = group?.texts("weight_names") ?? [];
  return names.map((name) => {
    const dataset = group.dataset([name]) ?? group.dataset(name.split("/"));
    if (!dataset)
      throw new UserError({
        what: `layer "${layer}": the file lists the weights "${name}" but lacks them`,
        place
      });
    return { name: name.replace(/:\d+$/, ""), shape: dataset.shape, read: () => dataset.read() };
  });
}
function stepInto(group, steps2) {
  return steps2.reduce((at, step) => at?.group(step), group);
}
function container(group) {
  return group.group("layers") ?? group.group("_layer_checkpoint_dependencies");
}
function assignTree(root, tree, needs, place) {
  const missing = [];
  const visit = (group, items) => {
    const inside = group && container(group);
    const noted = /* @__PURE__ */ new Map();
    for (const key of inside?.keys() ?? []) {
      const name = inside.group(key)?.group("vars")?.text("name");
      if (name !== void 0) noted.set(name, key);
    }
    const used = /* @__PURE__ */ new Map();
    return items.flatMap((item) => {
      const base = snakeCase(item.type);
      const count = used.get(base) ?? 0;
      used.set(base, count + 1);
      const leaves = leavesOf(item, needs);
      if (!leaves.length) return [];
      const own = inside?.group(noted.get(item.name) ?? (count ? `${base}_${count}` : base));
      if (item.children) return visit(own, item.children);
      if (!own) {
        missing.push(...leaves);
        return [];
      }
      return [{ node: item.node, arrays: numberedArrays(own.group("vars")) }];
    });
  };
  const assignments = visit(root, tree);
  if (missing.length) throw missingLayers(missing, place);
  return assignments;
}
function numberedArrays(group) {
  const keys = (group?.keys() ?? []).filter((key) => /^\d+$/.test(key)).sort((a, b) => Number(a) - Number(b));
  return keys.flatMap((name) => {
    const dataset = group.dataset([name]);
    return dataset ? [{ name, shape: dataset.shape, read: () => dataset.read() }] : [];
  });
}
function missingLayers(leaves, place) {
  const names = leaves.map(({ node }) => `"${node}"`);
  const shown = names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} more` : "");
  return new UserError({
    what: `the file holds no weights for ${names.length === 1 ? "layer" : "layers"} ${shown}`,
    place,
    hint: HINT
  });
}

// src/model/formats/keras-file.ts
function withKerasWeights(parsed, source, place) {
  const weights = () => ({
    source,
    place,
    tree: parsed.tree,
    needs: neededWeights(buildGraph(parsed.network, place))
  });
  return {
    ...parsed,
    checkWeights: () => checkKerasWeights(weights()),
    loadWeights: () => loadKerasWeights(weights())
  };
}

// src/model/formats/keras-h5.ts
async function readKerasH5(source, options) {
  const { place } = options;
  const { text, version } = await withHdf5(source, place, (root) => {
    const description2 = root.texts("model_config")?.join("");
    if (description2 === void 0) {
      throw new UserError({
        what: "this .h5 file holds no model description",
        place,
        why: root.texts("layer_names") || root.group("layers") ? "It holds weights only." : "It was not saved by Keras as a whole model.",
        hint: 'Save the model with model.save("name.keras"), or name the network with `zoo:` and give this file as `weights:`.'
      });
    }
    return { text: description2, version: root.text("keras_version") ?? "2" };
  });
  const description = parseJson(text, "the model description", place);
  const parsed = readKerasConfig(description, {
    ...options,
    format: "keras-h5",
    kerasMajor: Number.parseInt(version) || 2
  });
  return withKerasWeights(parsed, source, place);
}

// src/model/formats/keras-v3.ts
import { unzipSync } from "fflate";
var MEGABYTE = 2 ** 20;
var PARTS = {
  "config.json": 64 * MEGABYTE,
  "metadata.json": MEGABYTE,
  "model.weights.h5": 2048 * MEGABYTE
};
var MAX_RATIO = 100;
async function readKerasV3(archive, options) {
  const { place } = options;
  const parts = unpack(archive, place);
  const text = (name) => new TextDecoder().decode(part(parts, name, place));
  const description = parseJson(text("config.json"), "config.json", place);
  const metadata = parts["metadata.json"] ? parseJson(text("metadata.json"), "metadata.json", place) : {};
  const version = isRecord(metadata) ? String(metadata["keras_version"] ?? "3") : "3";
  const parsed = readKerasConfig(description, {
    ...options,
    format: "keras-v3",
    kerasMajor: Number.parseInt(version) || 3
  });
  return withKerasWeights(parsed, part(parts, "model.weights.h5", place), place);
}
function unpack(archive, place) {
  const wanted = (file) => {
    const limit = Object.hasOwn(PARTS, file.name) ? PARTS[file.name] : void 0;
    if (limit === void 0) return false;
    if (file.originalSize > limit || file.originalSize > MEGABYTE && file.originalSize > MAX_RATIO * file.size) {
      throw new UserError({
        what: `${file.name} in this archive would unpack from ${megabytes(file.size)} to ${megabytes(file.originalSize)}`,
        place,
        why: "That is more than a model can need; it is not unpacked."
      });
    }
    return true;
  };
  try {
    return unzipSync(archive, { filter: wanted });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({
      what: "this file cannot be read as a .keras archive",
      place,
      why: `It is no zip file, or was cut short (${error.message}).`,
      hint: "Save or download it again."
    });
  }
}
function part(parts, name, place) {
  const found = Object.hasOwn(parts, name) ? parts[name] : void 0;
  if (found) return found;
  throw new UserError({
    what: `this .keras archive lacks ${name}`,
    place,
    hint: 'Save the model with model.save("name.keras").',
    choices: Object.keys(PARTS)
  });
}
function megabytes(bytes) {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
function weightsInKerasV3(archive, place) {
  return part(unpack(archive, place), "model.weights.h5", place);
}

// src/model/formats/tfjs-manifest.ts
import { realpath } from "node:fs/promises";
import { basename, dirname as dirname3, isAbsolute, join as join7, relative, sep } from "node:path";
var BYTES = { float32: 4, float16: 2, uint16: 2, uint8: 1, int32: 4, bool: 1 };
var MAX_BYTES = 2 ** 33;
async function readManifest(value, modelPath, files, place) {
  const fail = (what, more = {}) => {
    throw new UserError({ what, place, ...more });
  };
  if (!Array.isArray(value)) return fail('this model has no list of weights ("weightsManifest")');
  const groups = await Promise.all(
    value.map(async (group) => {
      const paths = isRecord(group) ? group["paths"] : void 0;
      const weights = isRecord(group) ? group["weights"] : void 0;
      if (!Array.isArray(paths) || !Array.isArray(weights) || !paths.every((p) => typeof p === "string")) {
        return fail('the list of weights ("weightsManifest") cannot be read: a group lacks paths or weights');
      }
      const entries = weights.map((entry) => readEntry(entry, place));
      const shards = await Promise.all(paths.map((path) => insideFolder(path, modelPath, files, place)));
      const expected = entries.reduce((sum2, entry) => sum2 + byteLength(entry), 0);
      const actual = shards.reduce((sum2, { size: size2 }) => sum2 + size2, 0);
      if (expected !== actual) {
        fail(
          `${paths.join(", ")} ${paths.length === 1 ? "has" : "have"} ${actual} bytes, the weights listed need ${expected}`,
          {
            hint: "The files are damaged or belong to another model: save or download them again."
          }
        );
      }
      return { entries, paths: shards.map(({ path }) => path), bytes: void 0 };
    })
  );
  const arrays = groups.flatMap((group) => {
    let offset = 0;
    return group.entries.map((entry) => {
      const start = offset;
      offset += byteLength(entry);
      return {
        name: entry.name,
        shape: entry.shape,
        read: () => decode(group.bytes.slice(start, start + byteLength(entry)), entry)
      };
    });
  });
  return {
    arrays,
    files: groups.flatMap(({ paths }) => paths),
    async load() {
      for (const group of groups)
        group.bytes ??= Buffer.concat(await Promise.all(group.paths.map((path) => files.readBytes(path))));
    }
  };
}
function readEntry(value, place) {
  const entry = isRecord(value) ? value : {};
  const { name, shape, dtype, quantization } = entry;
  const fail = (why) => {
    throw new UserError({ what: `the weights ${show(name)} cannot be read: ${why}`, place });
  };
  if (typeof name !== "string") return fail("they have no name");
  const dimensions2 = Array.isArray(shape) ? shape : [NaN];
  if (!dimensions2.every((n) => Number.isSafeInteger(n) && n >= 0))
    return fail(`their shape is ${show(shape)}`);
  const stored = isRecord(quantization) ? quantization["dtype"] : dtype;
  if (typeof stored !== "string" || !Object.hasOwn(BYTES, stored))
    return fail(`their type is ${show(stored)}`);
  const base = {
    name: name.replace(/:\d+$/, ""),
    shape: dimensions2,
    stored
  };
  if (byteLength(base) > MAX_BYTES) return fail(`their shape is ${show(shape)}`);
  if (!isRecord(quantization) || stored === "float16") return base;
  const { scale, min } = quantization;
  if (typeof scale !== "number" || typeof min !== "number")
    return fail("their quantization has no scale or min");
  return { ...base, quantization: { scale, min } };
}
function byteLength({ shape, stored }) {
  return shape.reduce((product, n) => product * n, 1) * BYTES[stored];
}
async function insideFolder(path, modelPath, files, place) {
  const folder = dirname3(modelPath);
  const outside = () => {
    throw new UserError({
      what: `the weight file ${show(path)} lies outside the model's folder`,
      place,
      why: "A model may only name files beside its model.json."
    });
  };
  const leaves = (to) => to === ".." || to.startsWith(`..${sep}`) || isAbsolute(to);
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || path.includes("\\") || path.includes("\0") || isAbsolute(path))
    return outside();
  if (leaves(relative(folder, join7(folder, path)))) return outside();
  const full = join7(folder, path);
  const found = await files.stat(full);
  if (found?.kind !== "file") {
    throw new UserError({
      what: `the weight file ${show(path)} is missing`,
      place,
      hint: `Put it beside ${basename(modelPath)}.`
    });
  }
  if (leaves(relative(await realpath(folder), await realpath(full)))) return outside();
  return { path: full, size: found.size };
}
function decode(bytes, { stored, quantization }) {
  const own = Uint8Array.from(bytes).buffer;
  const { scale, min } = quantization ?? { scale: 1, min: 0 };
  switch (stored) {
    case "float32":
      return new Float32Array(own);
    case "float16":
      return Float32Array.from(new Uint16Array(own), halfToNumber);
    case "int32":
      return Float32Array.from(new Int32Array(own));
    case "uint16":
      return Float32Array.from(new Uint16Array(own), (n) => n * scale + min);
    default:
      return Float32Array.from(new Uint8Array(own), (n) => n * scale + min);
  }
}
function halfToNumber(bits) {
  const sign = bits & 32768 ? -1 : 1;
  const exponent = bits >> 10 & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -14 * (fraction / 1024);
}

// src/model/formats/tfjs-layers.ts
async function readTfjsLayers(path, files, options) {
  const { place } = options;
  const model2 = parseJson(await files.readText(path), "this file", place);
  const topology = isRecord(model2) ? model2["modelTopology"] : void 0;
  if (!isRecord(model2) || !isRecord(topology)) {
    throw new UserError({
      what: "this JSON file is no TensorFlow.js model",
      place,
      why: 'It has no "modelTopology".',
      hint: 'Save the model with model.save("file://folder") in TensorFlow.js, or convert it with tensorflowjs_converter.'
    });
  }
  if (model2["format"] === "graph-model" || "node" in topology) {
    throw new UserError({
      what: "this is a TensorFlow.js graph model",
      place,
      why: "Its layers are dissolved into single operations, so there is nothing to list or show by layer.",
      hint: "Convert the original model with `tensorflowjs_converter --output_format tfjs_layers_model`, or use its .keras or .h5 file."
    });
  }
  const config = topology["model_config"] ?? topology;
  const version = Number.parseInt(String(topology["keras_version"] ?? "2").replace(/^tfjs-layers /, "")) || 2;
  const parsed = readKerasConfig(config, { ...options, format: "tfjs-layers", kerasMajor: version });
  const manifest = await readManifest(model2["weightsManifest"], path, files, place);
  const assign2 = () => {
    const needs = neededWeights(buildGraph(parsed.network, place));
    const leaves = parsed.tree.flatMap((item) => leavesOf(item, needs));
    const assignments = assignByName(leaves, manifest.arrays, needs);
    if (!assignments) {
      const names = manifest.arrays.slice(0, 4).map(({ name }) => name);
      throw new UserError({
        what: "the model's weights do not fit its layers",
        place,
        why: `The manifest lists ${manifest.arrays.length} arrays${names.length ? `, among them ${show(names)}` : ""}.`,
        hint: "Save or convert the model again."
      });
    }
    checkAssignments(assignments, needs, place, "Save or convert the model again.");
    return { needs, assignments };
  };
  return {
    ...parsed,
    weightFiles: manifest.files,
    checkWeights: () => Promise.resolve().then(() => void assign2()),
    async loadWeights() {
      const { needs, assignments } = assign2();
      await manifest.load();
      return readAssignments(assignments, needs);
    }
  };
}

// src/model/paths.ts
import { isAbsolute as isAbsolute2, relative as relative2 } from "node:path";
function displayPath(path) {
  const fromHere = relative2(process.cwd(), path) || ".";
  return isAbsolute2(fromHere) || fromHere.length >= path.length ? path : fromHere;
}

// src/model/zoo/lenet.ts
var lenet = {
  name: "lenet",
  description: "LeNet (after LeCun et al. 1998): two convolutions, each with ReLU and max pooling; random weights",
  licence: "no weights",
  preprocess: "unit",
  defaultInput: [28, 28],
  channels: 1,
  hasTop: true,
  network: ({ input: [height, width], includeTop, preprocess }) => ({
    name: "lenet",
    format: "zoo",
    inputShape: [height, width, 1],
    nodes: includeTop ? [...trunk, ...top] : trunk,
    preprocess
  })
};
var trunk = [
  { name: "input", type: "InputLayer", config: {}, inputs: [] },
  { name: "conv1", type: "Conv2D", config: { filters: 6, kernel_size: [5, 5] }, inputs: ["input"] },
  { name: "relu1", type: "ReLU", config: {}, inputs: ["conv1"] },
  { name: "pool1", type: "MaxPooling2D", config: { pool_size: [2, 2] }, inputs: ["relu1"] },
  { name: "conv2", type: "Conv2D", config: { filters: 16, kernel_size: [5, 5] }, inputs: ["pool1"] },
  { name: "relu2", type: "ReLU", config: {}, inputs: ["conv2"] },
  { name: "pool2", type: "MaxPooling2D", config: { pool_size: [2, 2] }, inputs: ["relu2"] }
];
var top = [
  { name: "flatten", type: "Flatten", config: {}, inputs: ["pool2"] },
  { name: "fc1", type: "Dense", config: { units: 120, activation: "relu" }, inputs: ["flatten"] },
  { name: "fc2", type: "Dense", config: { units: 84, activation: "relu" }, inputs: ["fc1"] },
  { name: "predictions", type: "Dense", config: { units: 10, activation: "softmax" }, inputs: ["fc2"] }
];

// src/model/zoo/vgg16.ts
var BLOCKS = [
  { convolutions: 2, filters: 64 },
  { convolutions: 2, filters: 128 },
  { convolutions: 3, filters: 256 },
  { convolutions: 3, filters: 512 },
  { convolutions: 3, filters: 512 }
];
var SOURCE = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/";
var vgg16 = {
  name: "vgg16",
  description: "VGG16 (Simonyan and Zisserman 2015), trained on ImageNet: thirteen convolutions in five blocks",
  licence: "CC BY 4.0 (Visual Geometry Group, University of Oxford)",
  preprocess: "caffe",
  defaultInput: [224, 224],
  channels: 3,
  hasTop: true,
  network: ({ input: [height, width], includeTop, preprocess }) => ({
    name: "vgg16",
    format: "zoo",
    inputShape: [height, width, 3],
    nodes: chain([...trunk2(), ...includeTop ? top2() : []]),
    preprocess
  }),
  // Keras publishes MD5 sums of these files, and nobody whom we could check their SHA-256: `pull` notes the SHA-256 of
  // a file whose length and MD5 are right, and every later use is held to it.
  weights: ({ includeTop }) => includeTop ? {
    file: "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
    url: `${SOURCE}vgg16_weights_tf_dim_ordering_tf_kernels.h5`,
    bytes: 553467096,
    md5: "64373286793e3c8b2b4e3219cbf3544b"
  } : {
    file: "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    url: `${SOURCE}vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    bytes: 58889256,
    md5: "6d6bbae143d832006294945121d1f1fc"
  }
};
function* trunk2() {
  yield { name: "input_1", type: "InputLayer", config: {} };
  for (const [b, { convolutions, filters }] of BLOCKS.entries()) {
    for (let c = 1; c <= convolutions; c++) {
      yield {
        name: `block${b + 1}_conv${c}`,
        type: "Conv2D",
        config: { filters, kernel_size: [3, 3], padding: "same", activation: "relu" }
      };
    }
    yield {
      name: `block${b + 1}_pool`,
      type: "MaxPooling2D",
      config: { pool_size: [2, 2], strides: [2, 2], padding: "valid" }
    };
  }
}
function* top2() {
  yield { name: "flatten", type: "Flatten", config: {} };
  yield { name: "fc1", type: "Dense", config: { units: 4096, activation: "relu" } };
  yield { name: "fc2", type: "Dense", config: { units: 4096, activation: "relu" } };
  yield { name: "predictions", type: "Dense", config: { units: 1e3, activation: "softmax" } };
}
function chain(layers) {
  return layers.map((layer, i) => ({ ...layer, inputs: i === 0 ? [] : [layers[i - 1].name] }));
}

// src/model/zoo/index.ts
var zoo = [lenet, vgg16];
var zooNames = zoo.map(({ name }) => name);
function findZooModel(name) {
  return zoo.find((model2) => model2.name === name);
}

// src/model/open-architecture.ts
async function openArchitecture(spec, context) {
  const { source } = spec;
  switch (source.kind) {
    case "zoo":
      return zooArchitecture(source.name, spec, context);
    case "file":
      return fileArchitecture(source.path, spec, context);
    case "inline": {
      if (!spec.input) {
        throw new UserError({
          what: "a stack of layers needs the size of its input",
          place: context.place(""),
          hint: "Add `input: [height, width]`."
        });
      }
      const inputShape = [...spec.input, spec.inputChannels];
      const network = inlineNetwork(source.layers, { inputShape, preprocess: spec.preprocess ?? "unit" });
      return { network, tree: flatTree(network), place: context.place("layers") };
    }
  }
}
function zooArchitecture(name, spec, { place }) {
  const model2 = findZooModel(name);
  if (!model2) {
    throw new UserError({
      what: `there is no network "${name}" in the zoo`,
      place: place("zoo"),
      choices: zooNames
    });
  }
  const input = spec.input ?? model2.defaultInput;
  const trained = model2.weights !== void 0 && spec.weights !== "random";
  if (trained && spec.includeTop && input.join() !== model2.defaultInput.join()) {
    throw new UserError({
      what: `${name} with its classifier takes ${model2.defaultInput.join("x")} pictures, not ${input.join("x")}`,
      place: place("input"),
      why: "The classifier's weights are for that size.",
      hint: "Add `include_top: false`, which leaves the classifier out, or leave `input` out."
    });
  }
  const preprocess = spec.preprocess ?? model2.preprocess;
  const network = model2.network({ input, includeTop: spec.includeTop, preprocess });
  return { network, tree: flatTree(network), place: place(spec.input ? "input" : "zoo"), zoo: model2 };
}
var formats = {
  ".keras": async (path, files, options) => readKerasV3(await files.readBytes(path), options),
  ".h5": (path, _files, options) => readKerasH5({ path }, options),
  ".hdf5": (path, _files, options) => readKerasH5({ path }, options),
  ".json": readTfjsLayers
};
var exportHints = {
  ".pb": 'Load it in Python with Keras and save it: model.save("name.keras").',
  ".pt": 'PyTorch files hold code: rebuild the network in Keras and save it with model.save("name.keras").',
  ".pth": 'PyTorch files hold code: rebuild the network in Keras and save it with model.save("name.keras").',
  ".onnx": 'Convert it to Keras and save it with model.save("name.keras").',
  ".tflite": 'Save the network it was made from with model.save("name.keras").',
  ".safetensors": 'It holds weights without a network: load them in Keras and save with model.save("name.keras").'
};
async function fileArchitecture(path, spec, { place, files }) {
  await expectFile(path, files, place("file"), "model file");
  const ending = extname(path).toLowerCase();
  const read = Object.hasOwn(formats, ending) ? formats[ending] : void 0;
  if (!read) {
    throw new UserError({
      what: `${displayPath(path)} is of a format that is not read`,
      place: place("file"),
      hint: exportHints[ending] ?? 'Save the model with model.save("name.keras").',
      choices: ["name.keras", "name.h5", "model.json (TensorFlow.js layers model)"]
    });
  }
  const inside = { file: displayPath(path) };
  const preprocess = spec.preprocess ?? "unit";
  const file = await read(path, files, {
    place: inside,
    preprocess,
    ...spec.input ? { input: spec.input } : {}
  });
  const own = spec.input ? await ownSize(() => read(path, files, { place: inside, preprocess })) : void 0;
  return {
    network: file.network,
    tree: file.tree,
    place: inside,
    file,
    paths: [path, ...file.weightFiles ?? []],
    ...own ? { own } : {}
  };
}
async function ownSize(read) {
  try {
    return (await read()).network;
  } catch (error) {
    if (error instanceof UserError) return void 0;
    throw error;
  }
}
async function expectFile(path, files, place, what) {
  const found = await files.stat(path);
  if (found?.kind === "file") return;
  if (!found) {
    throw new UnavailableError({
      what: `the ${what} ${displayPath(path)} does not exist`,
      place,
      hint: "A relative path counts from the folder of the experiment file."
    });
  }
  const model2 = await files.stat(join8(path, "model.json"));
  throw new UserError({
    what: `${displayPath(path)} is a folder, not a ${what}`,
    place,
    hint: model2 ? `Name the file in it: ${displayPath(join8(path, "model.json"))}` : 'A SavedModel folder is not read: save with model.save("name.keras").'
  });
}

// src/model/open-weights.ts
import { extname as extname2 } from "node:path";

// src/model/weights.ts
import { mkdir, readFile as readFile2, rename, rm, stat as stat2, writeFile } from "node:fs/promises";
import { dirname as dirname4, join as join9 } from "node:path";
function weightsPath({ file }, cacheDir) {
  return join9(cacheDir, "weights", file);
}
async function cachedWeights(model2, includeTop, cacheDir, place) {
  const source = model2.weights({ includeTop });
  const path = weightsPath(source, cacheDir);
  const command = pullCommand(model2, includeTop);
  if (!await isFile(path)) {
    throw new UnavailableError({
      what: `the weights of ${model2.name} (${megabytes2(source.bytes)}) are not here yet`,
      place,
      why: `They are looked for at ${displayPath(path)}.`,
      hint: `Run \`${command}\`, or put the file there by hand: ${source.url}`
    });
  }
  const found = await verify(path, source);
  if ("problem" in found) {
    throw new UnavailableError({
      what: `the weights of ${model2.name} at ${displayPath(path)} are damaged`,
      place,
      why: found.problem,
      hint: `Delete the file and run \`${command}\`.`
    });
  }
  return { path, sha256: found.sha256 };
}
function pullCommand(model2, includeTop) {
  return `npx filterscope weights pull ${model2.name}${includeTop || !model2.hasTop ? "" : " --no-top"}`;
}
function notePath(path) {
  return `${path}.sha256`;
}
async function verify(path, source) {
  const { size: size2 } = await stat2(path);
  if (size2 !== source.bytes) return { problem: `The file has ${size2} bytes, not ${source.bytes}.` };
  const { sha256, md5 } = await hashFile(path);
  const noted = await readFile2(notePath(path), "utf8").then(
    (text) => text.trim(),
    () => void 0
  );
  const expected = source.sha256 ?? noted;
  if (expected && sha256 !== expected) return { problem: `Its SHA-256 is ${sha256}, not ${expected}.` };
  if (source.md5 && md5 !== source.md5) return { problem: `Its MD5 is ${md5}, not ${source.md5}.` };
  return { sha256 };
}
async function isFile(path) {
  return stat2(path).then(
    (found) => found.isFile(),
    () => false
  );
}
function megabytes2(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}

// src/model/open-weights.ts
async function openWeights(spec, architecture, graph, context) {
  const { file, paths, zoo: zoo2 } = architecture;
  if (spec.weights === "random") return void 0;
  if (spec.weights !== void 0) {
    const path2 = spec.weights;
    await expectFile(path2, context.files, context.place("weights"), "weight file");
    const inside = { file: displayPath(path2) };
    const source = await weightFile(path2, context, inside);
    return kerasFile(source, inside, (await hashFile(path2)).sha256, architecture, graph);
  }
  if (file && paths) {
    await file.checkWeights();
    const sums = await Promise.all(paths.map(async (path2) => (await hashFile(path2)).sha256));
    return { sha256: sums.length === 1 ? sums[0] : hashJson(sums), load: () => file.loadWeights() };
  }
  if (!zoo2?.weights) return void 0;
  const { path, sha256 } = await cachedWeights(zoo2, spec.includeTop, context.cacheDir, context.place("zoo"));
  return kerasFile({ path }, { file: displayPath(path) }, sha256, architecture, graph);
}
async function weightFile(path, { files, place }, inside) {
  const ending = extname2(path).toLowerCase();
  if (ending === ".h5" || ending === ".hdf5") return { path };
  if (ending === ".keras") return weightsInKerasV3(await files.readBytes(path), inside);
  throw new UserError({
    what: `${displayPath(path)} is of a format that is not read`,
    place: place("weights"),
    hint: 'Save weights with model.save_weights("name.weights.h5").',
    choices: ["name.weights.h5", "name.h5", "name.keras", "random"]
  });
}
async function kerasFile(source, place, sha256, { tree }, graph) {
  const weights = { source, place, tree, needs: neededWeights(graph) };
  await checkKerasWeights(weights);
  return { sha256, load: () => loadKerasWeights(weights) };
}

// src/model/open.ts
async function openModel(spec, options) {
  const context = { ...options, files: options.files ?? nodeFiles };
  const architecture = await openArchitecture(spec, context);
  const { network } = architecture;
  if (network.inputShape[2] === 1 && !worksOnGrey(network.preprocess)) {
    throw new UserError({
      what: `preprocess ${network.preprocess} needs a network of colour pictures; this one takes grey ones`,
      place: context.place("preprocess"),
      choices: ["unit", "tf", "none"]
    });
  }
  const graph = buildGraph(network, architecture.place);
  checkInputOverride(spec, architecture, graph, context.place);
  const layers = listLayers(graph);
  const weights = await openWeights(spec, architecture, graph, context);
  return {
    network,
    graph,
    layers,
    parameters: layers.reduce((sum2, layer) => sum2 + layer.parameters, 0),
    weightsSha256: weights?.sha256 ?? `random:${options.seed}`,
    fingerprint: fingerprints(network, graph, weights?.sha256 ?? `random:${options.seed}`),
    loadWeights: () => weights?.load() ?? Promise.resolve(randomWeights(graph, options.seed))
  };
}
var EXECUTOR_VERSION = 1;
function fingerprints(network, graph, weights) {
  const known = /* @__PURE__ */ new Map();
  return (wanted) => {
    const found = known.get(wanted);
    if (found) return found;
    const needed = /* @__PURE__ */ new Set([wanted]);
    for (const { index, inputs } of [...graph].reverse())
      if (needed.has(index)) inputs.forEach((input) => needed.add(input));
    const nodes = graph.filter(({ index }) => needed.has(index)).map(({ node }) => node);
    const sum2 = hashJson([EXECUTOR_VERSION, network.inputShape, network.preprocess, weights, nodes]);
    known.set(wanted, sum2);
    return sum2;
  };
}
function checkInputOverride(spec, { own }, graph, place) {
  if (!own || !spec.input) return;
  const originals = buildGraph(own, place("input"));
  const changed = graph.find(
    ({ layer }, i) => layer.weights.some(({ shape }, w) => originals[i]?.layer.weights[w]?.shape.join() !== shape.join())
  );
  if (!changed) return;
  const [height, width] = own.inputShape;
  throw new UserError({
    what: `the model cannot take ${spec.input.join("x")} pictures`,
    place: place("input"),
    why: `Its layer "${changed.node.name}" (${changed.node.type}) has weights for ${height}x${width} only.`,
    hint: `Leave \`input\` out, or say [${height}, ${width}].`
  });
}

// src/optim/network-input.ts
function createNetworkInput({ height, width }, channels2, preprocess) {
  const rules = inputChannels(preprocess, channels2);
  const places = height * width;
  const moved = new Float32Array(places);
  return {
    write(picture, into, resampling) {
      for (const [c, { from, mean, scale }] of rules.entries()) {
        const plane = picture.subarray(from * places, (from + 1) * places);
        if (resampling) resampling.apply(plane, moved);
        const values = resampling ? moved : plane;
        for (let i = 0, to = c; i < places; i++, to += channels2) into[to] = (255 * values[i] - mean) * scale;
      }
    },
    pullBack(gradient, resampling) {
      const out = new Float32Array(channels2 * places);
      for (const [c, { from, scale }] of rules.entries()) {
        const plane = out.subarray(from * places, (from + 1) * places);
        const values = resampling ? moved : plane;
        for (let i = 0, at = c; i < places; i++, at += channels2) values[i] = 255 * scale * gradient[at];
        if (resampling) resampling.addTransposed(moved, plane);
      }
      return out;
    }
  };
}

// src/optim/objective.ts
var channelObjective = (channel) => ({
  channels: [{ channel, weight: 1 }],
  where: "mean"
});
function dimensions(shape) {
  return shape.length === 3 ? [shape[0], shape[1], shape[2]] : [1, 1, shape[0]];
}
function signalOf(objectives, shape) {
  const [height, width, depth] = dimensions(shape);
  const places = height * width;
  const data = new Float32Array(objectives.length * places * depth);
  for (const [i, { channels: channels2, where }] of objectives.entries()) {
    const [first, last] = where === "mean" ? [0, places - 1] : [center(height, width), center(height, width)];
    for (const { channel, weight } of channels2) {
      for (let place = first; place <= last; place++) {
        data[(i * places + place) * depth + channel] += weight / (last - first + 1);
      }
    }
  }
  return tf.tensor(data, [objectives.length, ...shape]);
}
async function valuesOf(output, objectives) {
  const [height, width] = dimensions(output.shape.slice(1));
  const values = [];
  for (const [i, { channels: channels2, where }] of objectives.entries()) {
    let total = 0;
    for (const { channel, weight } of channels2) {
      const map = await planeOf(output, i, channel);
      const value = where === "center" ? map[center(height, width)] : map.reduce((sum2, one) => sum2 + one, 0) / map.length;
      total += weight * value;
    }
    values.push(total);
  }
  return values;
}
async function planeOf(output, picture, channel) {
  const begin = output.shape.map((_, axis) => axis === 0 ? picture : axis === output.rank - 1 ? channel : 0);
  const size2 = output.shape.map((n, axis) => axis === 0 || axis === output.rank - 1 ? 1 : n);
  const plane = tf.slice(output, begin, size2);
  const values = await plane.data();
  plane.dispose();
  return values;
}
var center = (height, width) => Math.floor(height / 2) * width + Math.floor(width / 2);

// src/optim/picture.ts
var GREY = 0.5;
function interleave({ height, width, channels: channels2, data }) {
  const places = height * width;
  const out = new Float32Array(data.length);
  for (let c = 0; c < channels2; c++) {
    for (let i = 0, to = c; i < places; i++, to += channels2) out[to] = data[c * places + i];
  }
  return out;
}
function toBytes(picture) {
  return Uint8Array.from(
    interleave(picture),
    (value) => Math.round(255 * Math.min(1, Math.max(0, value)))
  );
}

// src/optim/regularizer.ts
function normalize(gradient) {
  let sum2 = 0;
  for (const g of gradient) sum2 += g * g;
  const norm = Math.sqrt(sum2 / gradient.length);
  if (norm > 0) for (let i = 0; i < gradient.length; i++) gradient[i] /= norm;
}

// src/optim/transform.ts
var SCALES = 11;
var ANGLES = 21;
var EXTRA_UPRIGHT = 5;
function drawPlacement(settings, random) {
  const shiftOf = (most) => {
    const along = () => Math.floor(random() * (Math.floor(most) + 1)) - Math.floor(most / 2);
    return [along(), along()];
  };
  const first = shiftOf(settings.jitter);
  const scale = 1 + settings.scale * (2 * Math.floor(random() * SCALES) / (SCALES - 1) - 1);
  const turn = Math.floor(random() * (ANGLES + EXTRA_UPRIGHT));
  const degrees = turn < ANGLES ? settings.rotate * (2 * turn / (ANGLES - 1) - 1) : 0;
  const second = shiftOf(settings.settle);
  const angle = degrees * Math.PI / 180;
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const linear = [cos, -sin, sin, cos];
  return {
    linear,
    shift: [
      first[0] + linear[0] * second[0] + linear[1] * second[1],
      first[1] + linear[2] * second[0] + linear[3] * second[1]
    ]
  };
}
function createResampling({ height, width }, { linear, shift }) {
  const places = height * width;
  const corners = new Int32Array(places);
  const weights = new Float32Array(4 * places);
  const grey = new Float32Array(places);
  const centerY = (height - 1) / 2;
  const centerX = (width - 1) / 2;
  for (let row = 0, place = 0; row < height; row++) {
    for (let column = 0; column < width; column++, place++) {
      const dy = row - centerY;
      const dx = column - centerX;
      const y = centerY + linear[0] * dy + linear[1] * dx + shift[0];
      const x = centerX + linear[2] * dy + linear[3] * dx + shift[1];
      const top3 = Math.floor(y);
      const left = Math.floor(x);
      let inside = 0;
      for (let corner = 0; corner < 4; corner++) {
        const yy = top3 + (corner >> 1);
        const xx = left + (corner & 1);
        if (yy < 0 || yy >= height || xx < 0 || xx >= width) continue;
        const weight = (corner >> 1 ? y - top3 : 1 - (y - top3)) * (corner & 1 ? x - left : 1 - (x - left));
        weights[4 * place + corner] = weight;
        inside += weight;
      }
      corners[place] = top3 * width + left;
      grey[place] = GREY * (1 - inside);
    }
  }
  return {
    height,
    width,
    apply(plane, into) {
      for (let place = 0, w = 0; place < places; place++, w += 4) {
        const corner = corners[place];
        const [a, b, c, d] = [weights[w], weights[w + 1], weights[w + 2], weights[w + 3]];
        let value = grey[place];
        if (a !== 0) value += a * plane[corner];
        if (b !== 0) value += b * plane[corner + 1];
        if (c !== 0) value += c * plane[corner + width];
        if (d !== 0) value += d * plane[corner + width + 1];
        into[place] = value;
      }
    },
    addTransposed(gradient, into) {
      for (let place = 0, w = 0; place < places; place++, w += 4) {
        const corner = corners[place];
        const g = gradient[place];
        const [a, b, c, d] = [weights[w], weights[w + 1], weights[w + 2], weights[w + 3]];
        if (a !== 0) into[corner] += a * g;
        if (b !== 0) into[corner + 1] += b * g;
        if (c !== 0) into[corner + width] += c * g;
        if (d !== 0) into[corner + width + 1] += d * g;
      }
    }
  };
}

// src/optim/ascend.ts
async function ascend(place, manner, schedule, starts, moves, signal) {
  const results = [];
  let parameterization = manner.parameterization(schedule.stages[0].size);
  try {
    let climbers = [];
    for (const [index, start] of starts.entries()) {
      const parameters = parameterization.start(start.random);
      const picture = await parameterization.render(parameters);
      const optimizer = manner.optimizer();
      climbers.push({ ...start, index, parameters, optimizer, picture, curve: [], frames: [], silent: 0 });
    }
    let step = 0;
    for (const [number, stage] of schedule.stages.entries()) {
      if (number > 0) {
        const { next, move } = parameterization.resized(stage.size);
        for (const climber of climbers) {
          climber.parameters = move(climber.parameters);
          climber.optimizer = climber.optimizer.rearranged(move);
          climber.picture = await next.render(climber.parameters);
        }
        parameterization.dispose();
        parameterization = next;
      }
      const bench = createBench(place, manner, parameterization);
      try {
        for (const end = step + stage.steps; step < end && climbers.length > 0; step++) {
          if (signal.aborted) return void 0;
          if (schedule.frames.includes(step)) climbers.forEach((one) => takeFrame(one, step, parameterization));
          const redirected = step < schedule.redirected;
          await bench.step(climbers, moves, redirected, step + 1);
          const gaveUp = (one) => !redirected && one.silent > schedule.patience;
          for (const one of climbers.filter(gaveUp)) results[one.index] = finish2(one, parameterization, true);
          climbers = climbers.filter((one) => !gaveUp(one));
        }
      } finally {
        bench.dispose();
      }
    }
    for (const one of climbers) {
      if (schedule.frames.includes(step)) takeFrame(one, step, parameterization);
      results[one.index] = finish2(one, parameterization, false);
    }
    return results;
  } finally {
    parameterization.dispose();
  }
}
var pictureOf = ({ picture }, { height, width, channels: channels2 }) => ({
  ...{ height, width, channels: channels2 },
  data: picture.slice()
});
function takeFrame(one, step, parameterization) {
  one.frames.push({ step, picture: pictureOf(one, parameterization) });
}
function finish2(one, parameterization, blocked) {
  return { picture: pictureOf(one, parameterization), curve: one.curve, frames: one.frames, blocked };
}
function createBench(place, manner, parameterization) {
  const { model: model2, layer, preactivation } = place;
  const { height, width, channels: channels2 } = parameterization;
  const input = createNetworkInput(parameterization, channels2, model2.network.preprocess);
  const length = height * width * channels2;
  let signal;
  const signalFor = (climbers, output) => {
    if (signal && signal.of.length === climbers.length) return signal.tensor;
    signal?.tensor.dispose();
    const tensor = signalOf(
      climbers.map(({ objective }) => objective),
      output.shape.slice(1)
    );
    signal = { of: [...climbers], tensor };
    return tensor;
  };
  return {
    async step(climbers, moves, redirected, count) {
      const resampling = manner.transforms ? createResampling(parameterization, drawPlacement(manner.transforms, moves)) : void 0;
      const shown = new Float32Array(climbers.length * length);
      for (const [i, { picture }] of climbers.entries()) {
        input.write(picture, shown.subarray(i * length, (i + 1) * length), resampling);
      }
      const pictures = tf.tensor4d(shown, [climbers.length, height, width, channels2]);
      const rule = redirected ? "redirected" : "gradient";
      const trace = model2.trace(pictures, layer, { preactivation, rules: [rule] });
      let gradient;
      try {
        const objectives = climbers.map(({ objective }) => objective);
        const values = await valuesOf(trace.output, objectives);
        for (const [i, one] of climbers.entries()) one.curve.push(values[i]);
        const base = signalFor(climbers, trace.output);
        const extra = manner.diversity?.(trace.output, values);
        const whole = extra ? tf.add(base, extra) : base;
        gradient = trace.backward(whole, { rule });
        if (extra) tf.dispose([extra, whole]);
      } finally {
        trace.dispose();
        pictures.dispose();
      }
      const all = await gradient.data();
      gradient.dispose();
      for (const [i, one] of climbers.entries()) {
        const mine = all.subarray(i * length, (i + 1) * length);
        await climb(one, mine, resampling, count);
      }
    },
    dispose: () => signal?.tensor.dispose()
  };
  async function climb(one, gradient, resampling, count) {
    one.silent = gradient.every((value) => value === 0) ? one.silent + 1 : 0;
    const wanted = input.pullBack(gradient, resampling);
    if (manner.normalized) normalize(wanted);
    for (const regularize of manner.regularizers) regularize(one.picture, wanted, parameterization);
    const pulled = await parameterization.pullBack(one.picture, wanted);
    one.optimizer.step(one.parameters, pulled);
    parameterization.settle(one.parameters, count);
    one.picture = await parameterization.render(one.parameters);
  }
}

// src/optim/color.ts
var COVARIANCE_ROOT = [
  [0.26, 0.09, 0.02],
  [0.27, 0, -0.05],
  [0.27, -0.09, 0.03]
];
var largestNorm = Math.max(
  ...[0, 1, 2].map((column) => Math.hypot(...COVARIANCE_ROOT.map((row) => row[column])))
);
var matrix = COVARIANCE_ROOT.map((row) => row.map((value) => value / largestNorm));
function toColors(free, channels2) {
  const out = new Float32Array(free.length);
  if (channels2 === 1) {
    for (let i = 0; i < free.length; i++) out[i] = sigmoid(free[i]);
    return out;
  }
  const places = free.length / 3;
  for (let c = 0; c < 3; c++) {
    const [a, b, d] = matrix[c];
    const offset = c * places;
    for (let i = 0; i < places; i++) {
      out[offset + i] = sigmoid(a * free[i] + b * free[places + i] + d * free[2 * places + i]);
    }
  }
  return out;
}
function fromColorGradient(colors, gradient, channels2) {
  const out = new Float32Array(gradient.length);
  const places = gradient.length / channels2;
  for (let i = 0; i < gradient.length; i++) {
    const s = colors[i];
    const inner = gradient[i] * s * (1 - s);
    if (channels2 === 1) {
      out[i] = inner;
      continue;
    }
    const c = i < places ? 0 : i < 2 * places ? 1 : 2;
    const place = i - c * places;
    const [a, b, d] = matrix[c];
    out[place] += a * inner;
    out[places + place] += b * inner;
    out[2 * places + place] += d * inner;
  }
  return out;
}
var sigmoid = (x) => 1 / (1 + Math.exp(-x));

// src/optim/spectrum.ts
function fourierBasis(n) {
  const out = new Float32Array(n * n);
  for (let column = 0; column < n; column++) {
    const cycles = cyclesOf(column);
    const sine = column > 0 && column % 2 === 0;
    const norm = Math.sqrt((cycles === 0 || 2 * cycles === n ? 1 : 2) / n);
    for (let row = 0; row < n; row++) {
      const angle = 2 * Math.PI * (row * cycles % n) / n;
      out[row * n + column] = norm * (sine ? Math.sin(angle) : Math.cos(angle));
    }
  }
  return out;
}
var cyclesOf = (column) => Math.ceil(column / 2);
function naturalScale({ height, width }, decay = 1) {
  const out = new Float32Array(height * width);
  const least = 1 / Math.max(height, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const frequency = Math.hypot(cyclesOf(y) / height, cyclesOf(x) / width);
      out[y * width + x] = Math.SQRT2 / 4 / Math.max(frequency, least) ** decay;
    }
  }
  return out;
}
function createSpectrum({ height, width }, channels2) {
  const [down, downBack] = pair(height);
  const [across, acrossBack] = pair(width);
  const rows = stack(down, channels2);
  const rowsBack = stack(downBack, channels2);
  for (const matrix2 of [down, downBack]) matrix2.dispose();
  const multiply2 = async (planes, left, right) => {
    const product = tf.tidy(() => {
      const lines = tf.matMul(tf.tensor2d(planes, [channels2 * height, width]), right);
      return tf.matMul(left, tf.reshape(lines, [channels2, height, width]));
    });
    const values = await product.data();
    product.dispose();
    return values;
  };
  return {
    height,
    width,
    toSpace: (coefficients) => multiply2(coefficients, rows, acrossBack),
    toFrequencies: (values) => multiply2(values, rowsBack, across),
    dispose: () => tf.dispose([rows, rowsBack, across, acrossBack])
  };
}
function pair(n) {
  const basis = tf.tensor2d(fourierBasis(n), [n, n]);
  return [basis, tf.transpose(basis)];
}
function stack(matrix2, count) {
  return tf.stack(Array.from({ length: count }, () => matrix2));
}
function resizeCoefficients(coefficients, channels2, from, to) {
  const out = new Float32Array(channels2 * to.height * to.width);
  const height = sharedColumns(from.height, to.height);
  const width = sharedColumns(from.width, to.width);
  for (let c = 0; c < channels2; c++) {
    for (let y = 0; y < height; y++) {
      const start = (c * from.height + y) * from.width;
      out.set(coefficients.subarray(start, start + width), (c * to.height + y) * to.width);
    }
  }
  return out;
}
function sharedColumns(a, b) {
  if (a === b) return a;
  const least = Math.min(a, b);
  return least % 2 === 0 ? least - 1 : least;
}

// src/optim/parameterization.ts
var START_DEVIATION = 0.01;
var START_LIMIT = 4;
function fourier(size2, channels2, decay = 1) {
  const { height, width } = size2;
  const spectrum = createSpectrum(size2, channels2);
  const plane = naturalScale(size2, decay);
  const scaled = (values) => {
    const out = new Float32Array(values.length);
    for (let i = 0; i < out.length; i++) out[i] = values[i] * plane[i % plane.length];
    return out;
  };
  return {
    ...{ height, width, channels: channels2 },
    start: (random) => Float32Array.from(
      { length: channels2 * height * width },
      () => START_DEVIATION * truncatedNormal(random, START_LIMIT)
    ),
    render: async (parameters) => toColors(await spectrum.toSpace(scaled(parameters)), channels2),
    pullBack: async (picture, gradient) => scaled(await spectrum.toFrequencies(fromColorGradient(picture, gradient, channels2))),
    settle: () => {
    },
    resized: (to) => ({
      next: fourier(to, channels2, decay),
      move: (values) => resizeCoefficients(values, channels2, size2, to)
    }),
    dispose: () => spectrum.dispose()
  };
}

// src/optim/optimizer.ts
function adam(rate, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}, memory = void 0) {
  let state = memory;
  return {
    step(parameters, gradient) {
      state ??= { mean: new Float32Array(gradient.length), square: new Float32Array(gradient.length), steps: 0 };
      state.steps += 1;
      const { mean, square, steps: steps2 } = state;
      const meanScale = 1 / (1 - beta1 ** steps2);
      const squareScale = 1 / (1 - beta2 ** steps2);
      for (let i = 0; i < parameters.length; i++) {
        const g = gradient[i];
        const m = beta1 * mean[i] + (1 - beta1) * g;
        const v = beta2 * square[i] + (1 - beta2) * g * g;
        mean[i] = m;
        square[i] = v;
        parameters[i] += rate * m * meanScale / (Math.sqrt(v * squareScale) + epsilon);
      }
    },
    rearranged: (by) => adam(
      rate,
      { beta1, beta2, epsilon },
      state && { mean: by(state.mean), square: by(state.square), steps: state.steps }
    )
  };
}

// ../../../tmp/dream/try.ts
var backend = await chooseBackend({ want: process.env.B ?? "tensorflow", nativeDir: "/work/w/dream/.native" });
console.log(backend.line);
var size = Number(process.env.S ?? 112);
var steps = Number(process.env.N ?? 160);
var model = await createModel(await openModel({ source: { kind: "zoo", name: "vgg16" }, weights: "/work/shared/fixtures/vgg16/vgg16_trunk_tf_dim_ordering_tf_kernels_notop.h5", includeTop: false, inputChannels: 3 }, { cacheDir: "/nonexistent", seed: 7, place: () => ({ file: "x" }) }));
var sets = [["block2_conv2", [3, 20, 50, 90, 100, 120]], ["block3_conv3", [3, 20, 50, 90, 130, 200]], ["block4_conv3", [3, 40, 100, 200, 300, 400]], ["block5_conv1", [3, 40, 100, 200, 300, 400]], ["block5_conv3", [3, 40, 100, 200, 300, 400]]];
var tiles = [];
var only = process.env.L?.split(",");
for (const [r, [name, filters]] of sets.entries()) {
  if (only && !only.includes(name)) continue;
  const layer = model.layers.find((l) => l.name === name).index;
  const t = Date.now();
  const s = { height: size, width: size };
  const res = await ascend({ model, layer, preactivation: false }, { parameterization: (z) => fourier(z, 3), optimizer: () => adam(0.05), normalized: false, regularizers: [], transforms: { jitter: 8, scale: 0.1, rotate: 10, settle: 4 } }, { stages: [{ size: s, steps }], redirected: 16, patience: 8, frames: [] }, filters.map((f) => ({ objective: channelObjective(f), random: randomFrom(`7/${name}/${f}`) })), randomFrom("moves"), new AbortController().signal);
  console.log(name, ((Date.now() - t) / steps / filters.length).toFixed(1), "ms/step/filter", res.map((c) => (c.blocked ? "BLOCKED@" + c.curve.length + " " : "") + c.curve[0].toFixed(2) + ">" + c.curve.at(-1).toFixed(2)).join(" "));
  res.forEach((c, i) => tiles.push({ input: toBytes(c.picture), raw: { width: size, height: size, channels: 3 }, left: i * (size + 4), top: r * (size + 4) }));
}
var comps = await Promise.all(tiles.map(async (t) => ({ input: await sharp(t.input, { raw: t.raw }).png().toBuffer(), left: t.left, top: t.top })));
await sharp({ create: { width: 6 * (size + 4), height: 5 * (size + 4), channels: 3, background: "#fff" } }).composite(comps).png().toFile(process.env.O ?? "/tmp/dream/sheet.png");
