import type { Box, Panel, Report, View } from '../../schema/report.ts';
import type { PartialSize } from '../../schema/outside.ts';
import type { ReportImage } from '../types.ts';
import type { PageContext } from '../links.ts';
import type { Part } from '../types.ts';
import type { Html } from '../html.ts';
import type { SettingWords } from '../setting-words.ts';

/** What pages show of the panels of a technique, where it is not what they show of any panel: words and measures. */
export interface Presentation {
  /** What a panel is, for alternative texts: `Feature map`. */
  readonly noun: string;
  /** What it is called in headings: `Feature maps`; by default its name. */
  readonly title?: string;
  /** Headings of the glossary that its pages need; the page of a view links to them. */
  readonly terms?: readonly string[];
  /** Its settings in words, beside those that all techniques have; others are called as in the experiment file. */
  readonly settings?: SettingWords;
  /** On the gallery's first page: the view of the highest rank is shown there. @param network its name */
  readonly showpiece?: { readonly rank: number; readonly caption: (network: string) => string };
  /** How a view is read: one or two sentences of plain text. */
  readonly howToRead?: (view: View) => string;
  /** What flags mean to a reader, beside those that any panel may have; null for one that pages do not show. */
  readonly flags?: Readonly<Record<string, string | null>>;
  /** The measurement of a panel that tells most, for its alternative text; by default its range of values. */
  readonly measured?: (panel: Panel, images: ReadonlyMap<string, PartialSize>) => string;
  /** What is written small under a panel; by default its range of values. */
  readonly note?: (panel: Panel) => string;
  /** A curve drawn under a panel: two values or more. */
  readonly curve?: (panel: Panel) => readonly number[] | undefined;
  /** photographs: small panels are smoothed sooner than maps, which keep their square pixels. */
  readonly detail?: 'photographs';
  /** Pixels that a panel's width counts at least when the columns of a grid are chosen. */
  readonly leastWidth?: number;
  /** What the panels of a layer are counted as; `filter` where absent. */
  readonly counted?: string;
  /** Panels are looked at one by one, layer by layer: never as whole sprite sheets. */
  readonly oneByOne?: boolean;
  /** Whether something is to be seen in a panel; by default where its values are not all the same. */
  readonly isInformative?: (panel: Panel) => boolean;
  /** The part of a panel that the face of a card shows; by default all of it. */
  readonly face?: (panel: Panel) => Part;
  /** Parts of a panel that are looked at alone, each of one image. */
  readonly parts?: (panel: Panel) => readonly PanelPart[];
  /** The panels of one unit in all views of the technique, less those that show what another one shows. */
  readonly withoutRepeats?: (panels: readonly Panel[]) => readonly Panel[];
  /** Where its panels stand on a unit's page: lower ones first, those without one last, as the report has them. */
  readonly unitOrder?: number;
  /** Filters of the panel's layer whose activations are most like its own, nearest first, with their cosine. */
  readonly nearest?: (panel: Panel) => readonly { readonly filter: number; readonly cosine: number }[];
  /** The greatest value of a panel is what its filter makes of its image. */
  readonly measuresFilters?: boolean;
  /** With `measuresFilters`: the greatest value that does not depend on the padding, where it is known. */
  readonly innerMaximum?: (panel: Panel) => number | undefined;
  /** Ids of the images that a panel's unit is most active on, by which the search knows its classes. */
  readonly strongestImages?: (panel: Panel) => readonly string[];
  /** By what the units of a layer's page can be sorted, the greatest value first. */
  readonly measures?: (panel: Panel, images: ReadonlyMap<string, ReportImage>) => readonly UnitMeasure[];
  /** Units of the panel's layer, beside the one that it is of, whose pages show it. */
  readonly units?: (panel: Panel) => readonly number[];
  /** Further words that a panel's unit is found by. */
  readonly searchWords?: (panel: Panel) => readonly string[];
  /** Collects what the pages of images show. Panels of the technique stand there in this section only. */
  readonly imageSection?: ImageSection;
  /** Collects what the pages of units show, from the panels of others. */
  readonly unitSection?: UnitSection;
}

/** A part of a panel that is of one image. */
export interface PanelPart {
  /** An image's id. */
  readonly image: string;
  /** In pixels of the panel's `src`. */
  readonly part: Box;
  readonly note?: string;
  /** Where in the image it lies. */
  readonly box?: Box;
  /** What belongs to it. */
  readonly beside?: { readonly label: string; readonly part: Box } | undefined;
}

/** A number that was measured of a unit. */
export interface UnitMeasure {
  /** Of one class, of one image, or of all images together. */
  readonly group: 'unit' | 'class' | 'image';
  /** The same for every unit. */
  readonly id: string;
  /** What the list of orders calls it. */
  readonly label: string;
  readonly value: number;
}

export interface ImageSection {
  /** The section's id, and what the list of contents calls it. */
  readonly id: string;
  readonly label: string;
  /** The section shows the whole image. */
  readonly showsImage: boolean;
  /** It stands before all others. */
  readonly first?: true;
  /** @param layerIndex of the layers that have pages */
  readonly collect: (layerIndex: ReadonlyMap<string, number>) => ImageIndex;
}

export interface UnitSection {
  readonly collect: (layerIndex: ReadonlyMap<string, number>) => UnitIndex;
}

/** What is found of each unit, view after view. */
export interface UnitIndex {
  add(view: View, panels: readonly Panel[]): void;
  /** For the component `UnitSection`; undefined where there is nothing. */
  of(layer: string, filter: number): unknown;
}

/** What is found of each image, view after view. */
export interface ImageIndex {
  add(view: View, panels: readonly Panel[]): void;
  /** For the component `Image`; undefined where there is nothing. */
  of(image: string): unknown;
}

/** What pages show of a technique of a project's own: HTML stands for components. */
export interface OwnPresentation extends Omit<Presentation, 'imageSection' | 'unitSection'> {
  /** The technique's name. */
  readonly technique: string;
  /**
   * HTML that is put into pages as it is: make it with `html`, which escapes what is filled in. Style attributes are allowed; scripts do
   * not run.
   */
  readonly html?: {
    /** Above the panels of a view. */
    readonly notes?: (shown: PanelsProps) => string | Html;
    /** Above the panels of one unit in one view. */
    readonly unit?: (shown: UnitProps) => string | Html;
  };
}

/** An Astro component. */
type Component<Props> = (props: Props) => unknown;

export interface PanelsProps {
  readonly view: View;
  readonly panels: readonly Panel[];
  readonly page: PageContext;
}

export interface UnitProps extends PanelsProps {
  readonly report: Report;
  /** Of this unit by this technique, in all views. */
  readonly all: readonly Panel[];
  /** The unit, by its number; absent on the page of the layer. */
  readonly unit?: number | undefined;
}

export interface ImageProps {
  readonly image: ReportImage;
  readonly page: PageContext;
  /** Whether a unit has a page. */
  readonly hasUnit: (layer: string, filter: number) => boolean;
  /** What the index of the technique's `imageSection` gave. */
  readonly found: unknown;
}

export interface UnitSectionProps {
  readonly layer: string;
  readonly filter: number;
  readonly report: Report;
  readonly page: PageContext;
  readonly hasUnit: (layer: string, filter: number) => boolean;
  /** What the index of the technique's `unitSection` gave. */
  readonly found: unknown;
}

/** Each where it is not the plain grid of panels. */
export interface Components {
  /** All of a view on its own page, instead of its panels. */
  readonly Whole?: Component<PanelsProps>;
  /** Above the panels of a view. */
  readonly Notes?: Component<PanelsProps>;
  /** The panels of one layer. */
  readonly Layer?: Component<PanelsProps>;
  /** The panels of one unit in one view. */
  readonly Unit?: Component<UnitProps>;
  /** A section of an image's page. */
  readonly Image?: Component<ImageProps>;
  /** A section of a unit's page. */
  readonly UnitSection?: Component<UnitSectionProps>;
}
