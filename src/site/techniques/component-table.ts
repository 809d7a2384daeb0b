import { ownPresentations } from '../site-context.ts';
import * as activationMaximization from './activation-maximization/components.ts';
import * as attribution from './attribution/components.ts';
import * as arithmetic from './arithmetic/components.ts';
import * as forwardPass from './forward-pass/components.ts';
import * as own from './own/components.ts';
import * as predictions from './predictions/components.ts';
import type { Components } from './presentation.ts';
import * as topPatches from './top-patches/components.ts';

/** By technique: those that show anything but plain panels. */
const table: Readonly<Record<string, Components>> = {
  'activation-maximization': activationMaximization,
  arithmetic,
  'forward-pass': forwardPass,
  'top-patches': topPatches,
  attribution,
  predictions,
};

export function componentsOf(technique: string): Components {
  if (Object.hasOwn(table, technique)) return table[technique]!;
  return ownPresentations().get(technique)?.html ? own : {};
}
