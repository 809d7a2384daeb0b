import type { z } from 'zod/v4';
import type {
  FilterSelector,
  ImageSelector,
  LayerSelector,
  TechniqueSchema,
  ViewSpec,
} from '../schema/experiment.ts';
import type { PanelKind } from '../schema/report.ts';
import type { ClassHead } from '../model/class-head.ts';
import type { LayerInfo } from '../model/network.ts';
import type { Tf } from '../model/layers/basic-types.ts';
import type { ImagePixels, LayerFormula, Model } from '../model/model.ts';
import type { Drawing } from './drawing.ts';

/** One of the experiment's images, by its position in `PlanningContext.images`. */
export interface ExperimentImage {
  readonly index: number;
  readonly id: string;
  readonly file: string;
  /** What pages call it. */
  readonly name: string;
  readonly class?: string;
}

/** Which layers a technique can show. */
export interface LayerRequirement {
  readonly accepts: (layer: LayerInfo) => boolean;
  /**
   * Said of a layer that is not accepted where the experiment names it (or gives its index): one sentence. Of `all` and the like, layers
   * that are not accepted are left out.
   */
  readonly problem: (layer: LayerInfo) => string;
}

/** What a technique plans against: resolved from files, before any model runs. */
export interface PlanningContext {
  readonly layers: readonly LayerInfo[];
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly images: readonly ExperimentImage[];
  /** What the units of the last layer stand for, where that is known. */
  readonly classes?: readonly string[];
  /** Where the scores of classes stand; absent where the network's last output is no vector. */
  readonly classHead?: ClassHead;
  readonly seed: number;
  /** Input channels that the kernel of each filter spans; undefined for a layer without spatial kernels. */
  readonly kernelDepth: (layer: LayerInfo) => number | undefined;
  /** How a value of the layer is made of its input; undefined where it is not in a way that can be written out. */
  readonly formula: (layer: LayerInfo) => LayerFormula | undefined;
  /** Why the network cannot be run up to that layer on images of that size; undefined where it can. */
  readonly inputSizeProblem: (
    layer: LayerInfo,
    size: readonly [height: number, width: number],
  ) => { what: string; why?: string; hint?: string } | undefined;
  /** Each resolves a selector or reports a problem at that key of the view, with the valid choices, and returns []. */
  readonly resolveLayers: (
    selectors: readonly LayerSelector[],
    key: string,
    requirement?: LayerRequirement,
  ) => readonly LayerInfo[];
  readonly resolveFilters: (selector: FilterSelector, layer: LayerInfo, key: string) => readonly number[];
  readonly resolveImages: (selectors: readonly ImageSelector[], key: string) => readonly ExperimentImage[];
  /** Reports a problem of the view at a key of its settings; planning goes on, so that all are found. */
  readonly problem: (
    key: string,
    problem: { what: string; why?: string; hint?: string; choices?: readonly string[] },
  ) => void;
}

/**
 * The smallest piece of work that is cached: plain data, so that it can run anywhere. Its cache key is made from the
 * technique's name and version, `payload`, the fingerprints of `layers`, the pixels of `images` and the backend family.
 */
export interface Job {
  /** Says to a person what is being done: `block1_conv1 · a/01-chelsea.jpg`. Images may have the same name, and so may jobs. */
  readonly label: string;
  /** The view's id. */
  readonly view: string;
  /** The technique's name. */
  readonly technique: string;
  /** Jobs of one technique and group are handed over together and may share a forward pass. */
  readonly group: string;
  /**
   * Indices of the layers whose output (and so all that stands before) the result depends on. The first is the one that the
   * panels are of; none: they are of the input itself.
   */
  readonly layers: readonly number[];
  /** Indices of the images the result depends on. Panels name the one they are of by its position here. */
  readonly images: readonly number[];
  /** Settings the result depends on, and nothing that changes its look only. JSON. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** How many panels the result has: exactly. */
  readonly panels: number;
  /** Maps with a longer side are averaged down to it before they are kept; values that are written are not. */
  readonly maxSide: number;
}

/** A job as a technique plans it: whose it is goes without saying. */
export type JobSpec = Omit<Job, 'view' | 'technique'>;

export interface PlannedView {
  /** Their panels, one job's after the other's, are those of the view. */
  readonly jobs: readonly JobSpec[];
  /** How the panels are to be drawn. */
  readonly display: Display;
  /** Settings whose default depends on the network or the images, as they turned out; report.json states them. */
  readonly resolved?: Readonly<Record<string, unknown>>;
}

/** Everything about looks: changing it never runs a model. */
export interface Display {
  /** rows x columns; made nearly square by the panel count where absent. */
  readonly grid?: { readonly rows: number; readonly columns: number } | undefined;
  /** Template with {filter} {image} {name} {file} {class} {layer} {count} {width} {height} {channels}. */
  readonly label: string;
  readonly style: 'heatmap' | 'contour';
  readonly levels: number;
  /** A name that the experiment file may give. */
  readonly colormap: string;
  /**
   * panel: each by itself; layer: all panels of a layer alike; fixed: `range`, else the view's whole range;
   * channel: red, green and blue of a composite each by itself.
   */
  readonly normalize: 'panel' | 'layer' | 'fixed' | 'channel';
  readonly range?: readonly [number, number] | undefined;
  /** Widens every range to be symmetric about 0, so that 0 is the middle of the scale. */
  readonly symmetric?: boolean;
  /** Maps are coloured by the distance of their values from zero. */
  readonly magnitude?: boolean;
  /** With `normalize: panel`: the share of a map's values, those farthest from zero, that lie beyond the ends of its scale. */
  readonly saturate?: number;
  /** Each map is laid over the image that it is of, its values in the middle of their receptive fields. */
  readonly overlay?: 'none' | 'image';
  /** Of the map on the image, 0..1; 0.5 where absent. */
  readonly opacity?: number | undefined;
  /** The map's opacity falls with the distance of its values from zero, down to nothing at zero. */
  readonly fade?: boolean | undefined;
  /** By flag: what a view that is composed as one image says at its foot where a panel on it has the flag. */
  readonly notes?: Readonly<Record<string, string>>;
}

/**
 * One map or image as numbers. It does not say of which layer it is, nor which of the experiment's images, for those are positions
 * that may change while the numbers, and so the cached result, stay the same.
 */
export interface ComputedPanel {
  readonly kind: PanelKind;
  readonly filter?: number;
  /** Position in the job's `images` of the one that the panel is of; absent where it is of none. */
  readonly image?: number;
  readonly height: number;
  readonly width: number;
  /** 1 or 3 of an image, in 0..255; 1 of a map, 3 of a composite. */
  readonly channels: 1 | 3;
  /** float32 [height, width, channels], row-major. */
  readonly data: Float32Array;
  /** The panel is one channel of `data`, which has so many in place of `channels`: a layer's maps as the network gives them. */
  readonly channelOf?: { readonly channels: number; readonly channel: number };
  /** Least and greatest finite value; [NaN, NaN] where none is. */
  readonly range: readonly [number, number];
  /** `nan` (some values are not finite), `silent` (all are zero) … */
  readonly flags?: readonly string[];
  /** Of an image: what its compression may lose. Absent: what is not seen in a photograph. */
  readonly compression?: 'lossless' | 'fine';
  /** JSON without NaN or infinities; becomes what `Technique.facts.schema` describes. */
  readonly facts?: Facts;
  /** Become files of their own beside the panel's. */
  readonly files?: Readonly<Record<string, ArrayFile | FramesFile>>;
}

export type Facts = Readonly<Record<string, unknown>>;

export interface ArrayFile {
  readonly kind: 'array';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** How a panel came to be, first to last, all frames of one size; at least one. */
export interface FramesFile {
  readonly kind: 'frames';
  readonly frames: readonly Frame[];
  /** Of drawings with sharp edges, which are smaller so. */
  readonly lossless?: boolean;
  /** Milliseconds that a frame is shown for; 160 where absent. */
  readonly frameTime?: number;
}

/** Pixels; x to the right, y downwards. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Frame {
  /** Steps taken before it. */
  readonly step: number;
  readonly height: number;
  readonly width: number;
  /** uint8 [height, width, 3] */
  readonly data: Uint8Array;
}

/** Maps to be written as numbers beside a job's panels: float32 [height, width, filters]. */
export interface MapValues {
  readonly filters: readonly number[];
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface JobOutput {
  /** Position in the list that was handed to `compute`. */
  readonly job: number;
  readonly panels: readonly ComputedPanel[];
  readonly values?: readonly MapValues[];
}

/**
 * Names partial results of one image at one layer. Layer and image are positions; what is kept goes by what they stand for: the
 * layer with all before it, the image's pixels, the backend.
 */
export interface PartialKey {
  readonly finding: string;
  /** Raised whenever the bytes for the same key change. */
  readonly version: number;
  readonly layer: number;
  /** Absent where no image plays a part. */
  readonly image?: number;
  /** Written over and over, and of no use once the job is done: it stays on this machine. */
  readonly checkpoint?: boolean;
  /** Whatever else it depends on. JSON. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** Results smaller than a job, kept whole or not at all, so that a long pass over many images goes on where it was stopped. */
export interface PartialResults {
  read(key: PartialKey): Promise<Uint8Array | undefined>;
  write(key: PartialKey, bytes: Uint8Array): Promise<void>;
  /** Does nothing where nothing is kept. */
  forget(key: PartialKey): Promise<void>;
}

export interface ComputeContext {
  readonly model: Model;
  /** TensorFlow.js on the backend that the model runs on. Tensors that a technique makes are its own to dispose of. */
  readonly tf: Tf;
  /** The experiment's image at that index, fitted to the network's input size. */
  readonly pixels: (image: number) => Promise<ImagePixels>;
  readonly partial: PartialResults;
  /** A drawing as pixels: uint8 [height, width, 3]. The same drawing gives the same bytes on one machine. */
  readonly draw: (drawing: Drawing) => Promise<Omit<Frame, 'step'>>;
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface FactsOf {
  /** Of `panel.facts` in report.json. */
  readonly schema: z.ZodObject;
  /**
   * Facts as `compute` gives them, with images and classes named instead of counted.
   * @param idOf the id of the image at a position in the job's `images`
   * @param classes what the units of the network's last layer stand for, where that is known
   */
  readonly report?: (
    facts: Facts,
    idOf: (position: number) => string,
    classes: readonly string[] | undefined,
  ) => Facts;
  /**
   * Texts for placeholders of labels that other techniques do not have: those that `labelWith` in the settings names.
   * @param facts as in report.json
   */
  readonly label?: (facts: Facts) => Readonly<Record<string, string>>;
  /** What a view tells as a whole, beyond its panels; absent where it tells nothing. */
  readonly view?: ViewFactsOf;
}

/** Facts of a view, made from those of all its panels when the report is written: they are not cached. */
export interface ViewFactsOf {
  /** Of `view.facts` in report.json. */
  readonly schema: z.ZodObject;
  /** Pure. @param panels all of the view, in its order */
  readonly of: (panels: readonly ReportedPanel[], view: ReportedView) => Facts;
}

/** A panel as the facts of its view are made from it. */
export interface ReportedPanel {
  /** A layer's name. */
  readonly layer?: string;
  readonly filter?: number;
  /** The image that it is of. */
  readonly image?: ExperimentImage;
  /** As in report.json; empty where `compute` gave none. */
  readonly facts: Facts;
}

export interface ReportedView {
  /** As in report.json. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of the network. */
  readonly layers: readonly LayerInfo[];
  /** What the units of the network's last layer stand for, where that is known. */
  readonly classes?: readonly string[];
}

/** What is looked for in images before jobs make their results of it: the strongest places of all channels of layers. */
export interface Scan {
  /** Indices. */
  readonly layers: readonly number[];
  readonly images: readonly number[];
}

/** A way of looking into a network. One file each, one line in registry.ts. */
export interface Technique<S extends z.ZodObject = z.ZodObject> extends TechniqueSchema {
  readonly settings: S;
  /** Raised whenever the numbers that `compute` gives for the same job change. */
  readonly version: number;
  /** One sentence for the docs. */
  readonly description: string;
  /** What panels tell beside their images; absent where they tell nothing. */
  readonly facts?: FactsOf;
  plan(view: ViewSpec<z.output<S>>, context: PlanningContext): PlannedView;
  /**
   * About how many passes through the network up to its last layer a job takes, beside those of its scan, to divide work evenly; absent:
   * one for each of its images.
   */
  readonly passes?: (job: JobSpec) => number;
  /**
   * What the job looks up with `scanImages`, which keeps it in the partial results: processes that share a cache can then share the pass
   * over the images. Absent: nothing.
   */
  readonly scan?: (job: JobSpec) => Scan;
  /** Tensors in, floats out. Jobs share technique and group; yields one output for each, in any order. */
  compute(jobs: readonly JobSpec[], context: ComputeContext): AsyncIterable<JobOutput>;
}
