import { describe, expect, it } from 'vitest';
import type { Panel } from '../../src/schema/report.ts';
import { guarded } from '../../src/site/guarded-presentation.ts';
import type { OwnPresentation } from '../../src/site/techniques/presentation.ts';

const panel = { label: 'one' } as Panel;

describe("a project's presentation", () => {
  const warnings: string[] = [];
  const own: OwnPresentation = {
    technique: 'saliency',
    noun: 'Saliency map',
    isInformative: () => {
      throw new TypeError('no facts');
    },
    note: ({ label }) => `note of ${label}`,
    html: {
      notes: () => {
        throw 'nothing';
      },
      unit: () => 'unit',
    },
  };
  const safe = guarded(own, (message) => warnings.push(message));

  it('keeps what works', () => {
    expect(safe.noun).toBe('Saliency map');
    expect(safe.note!(panel)).toBe('note of one');
    expect(safe.html!.unit!({} as never)).toBe('unit');
    expect(warnings).toEqual([]);
  });

  it('is as if it had no function where one fails, and says so once', () => {
    expect(safe.isInformative!(panel)).toBeUndefined();
    expect(safe.isInformative!(panel)).toBeUndefined();
    expect(String(safe.html!.notes!({} as never))).toContain(
      'The presentation of this technique failed here.',
    );
    expect(warnings).toEqual([
      'The presentation of `saliency` failed in `isInformative`: no facts',
      'The presentation of `saliency` failed in `html.notes`: nothing',
    ]);
  });
});
