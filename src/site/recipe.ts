import { isMap, isNode, parseDocument, stringify, visit } from 'yaml';
import type { Panel, Report, View } from '../schema/report.ts';
import { reads, recordRead, unrecorded } from './reads.ts';

/** Settings that arrange a figure, and change nothing in an image. */
const OF_THE_FIGURE = ['grid', 'label'];
const CHOICES = ['layer', 'layers', 'filter', 'filters'];

/** `[96, 96]`, and no line broken that was not. */
const LAYOUT = { lineWidth: 0, flowCollectionPadding: false };

/** What stands before the views; kept, because every filter of a report has the same. */
const heads = new WeakMap<Report, string>();

/**
 * An experiment file that makes one panel again: the report's own file, with the one view reduced to the panel's layer and
 * filter. Every other setting is written out, so that later defaults change nothing.
 */
export function recipe(
  report: Report,
  view: View,
  { layer, filter }: Pick<Panel, 'layer' | 'filter'>,
): string {
  recordRead(reads.recipe(report.experiment.id));
  let head = heads.get(report);
  if (head === undefined) {
    head = recipeHead(unrecorded(() => report.experiment.source));
    heads.set(report, head);
  }
  return head + viewOf(view, layer, filter);
}

/** Written once for all filters of a layer: `before` and `after` their number. */
const written = new WeakMap<
  View,
  Map<string | undefined, { readonly before: string; readonly after: string }>
>();
const ANY_FILTER = 'filters: 4294967295';

function viewOf(view: View, layer: string | undefined, filter: number | undefined): string {
  if (filter === undefined) return writeView(view, layer, undefined);
  const ofView = written.get(view) ?? new Map();
  written.set(view, ofView);
  let known = ofView.get(layer);
  if (!known) {
    const [before, after] = writeView(view, layer, 4294967295).split(ANY_FILTER) as [string, string];
    ofView.set(layer, (known = { before, after }));
  }
  return `${known.before}filters: ${filter}${known.after}`;
}

function writeView(view: View, layer: string | undefined, filter: number | undefined): string {
  const settings = Object.entries(view.settings).filter(
    ([key]) => !OF_THE_FIGURE.includes(key) && !(CHOICES.includes(key) && replaced(key, layer, filter)),
  );
  const entry = {
    technique: view.technique,
    ...(layer === undefined || !('layer' in view.settings || 'layers' in view.settings) ? {} : { layer }),
    ...(filter === undefined ? {} : { filters: filter }),
    ...Object.fromEntries(settings),
  };
  return stringify({ views: [entry] }, LAYOUT);
}

function replaced(key: string, layer: string | undefined, filter: number | undefined): boolean {
  return key.startsWith('layer') ? layer !== undefined : filter !== undefined;
}

/** What stands before the views, without what changes no image. @param source of an experiment file */
export function recipeHead(source: string): string {
  const document = parseDocument(source);
  if (!isMap(document.contents)) return '';
  document.contents.flow = false;
  document.delete('views');
  // What pages call images changes none.
  if (document.hasIn(['images', 'names'])) document.deleteIn(['images', 'names']);
  // Comments are about the whole report, and every page of a unit has its recipe.
  document.comment = document.commentBefore = null;
  visit(document, (_, node) => {
    if (isNode(node)) node.comment = node.commentBefore = null;
  });
  return document.toString(LAYOUT);
}
