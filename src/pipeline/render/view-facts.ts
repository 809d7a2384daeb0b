import type { Panel } from '../../schema/report.ts';
import { techniques } from '../../techniques/registry.ts';
import type { ReportedPanel } from '../../techniques/technique.ts';
import type { ExperimentPlan } from '../plan/plan.ts';
import { checkedFacts } from './report-panels.ts';

/** Collects the panels of one view and makes from them what the view tells as a whole. */
export interface ViewFacts {
  add(panels: readonly Panel[]): void;
  /**
   * Undefined where the technique tells nothing of views.
   * @throws TechniqueError where the facts are not what its schema says
   */
  make(settings: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined;
}

export function collectViewFacts({ images, source }: ExperimentPlan, technique: string): ViewFacts {
  const of = techniques.get(technique)?.facts?.view;
  if (!of) return { add() {}, make: () => undefined };
  const byId = new Map(images.images.map((image) => [image.id, image]));
  const all: ReportedPanel[] = [];
  return {
    add(panels) {
      for (const { layer, filter, image, facts = {} } of panels) {
        all.push({
          ...(layer === undefined ? {} : { layer }),
          ...(filter === undefined ? {} : { filter }),
          ...(image === undefined ? {} : { image: byId.get(image)! }),
          facts,
        });
      }
    },
    make: (settings) =>
      checkedFacts(technique, of.schema, '`facts.view` returned facts', () =>
        of.of(all, {
          settings,
          layers: source.layers,
          ...(source.classes ? { classes: source.classes } : {}),
        }),
      ),
  };
}
