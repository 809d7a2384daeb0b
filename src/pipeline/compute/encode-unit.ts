import type { Unit, UnitOutput } from '../../techniques/technique.ts';
import { encodePanels } from '../results/stored-unit.ts';
import { buffersOf, filesOf } from '../results/panel-files.ts';
import type { ComputedUnit } from './protocol.ts';

/** A unit's output as it goes from the model thread to the main one, and the memory that goes over with it. */
export function encodeUnit(
  unit: Pick<Unit, 'maxSide'>,
  output: UnitOutput,
): { readonly result: ComputedUnit; readonly transfer: ArrayBuffer[] } {
  const { panels, payload } = encodePanels(output.panels, unit.maxSide);
  // A view into the backend's memory may not be handed to another thread.
  const values = (output.values ?? []).map((each) => ({ ...each, data: each.data.slice() }));
  const files = filesOf(output.panels);
  return {
    result: { unit: output.unit, panels, payload, values, files },
    transfer: [payload.buffer as ArrayBuffer, ...values.map(({ data }) => data.buffer), ...buffersOf(files)],
  };
}
