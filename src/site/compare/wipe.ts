import { queryOf, writeQuery } from '../viewer/address.ts';
import { element } from '../viewer/dom.ts';
import { cutOf } from '../viewer/panel-figure.ts';
import type { Shown } from '../viewer/panel-figure.ts';

export interface Wipe {
  readonly element: HTMLElement;
  /** Of both panels. */
  readonly cuts: readonly HTMLElement[];
}

/** Two panels over each other, with a slider that uncovers one or the other. */
export function wiped([under, over]: readonly Shown[]): Wipe | undefined {
  if (!under || !over) return undefined;
  const back = cutOf(under.found);
  const front = cutOf(over.found);
  const slider = element('input', { type: 'range', min: '0', max: '100', value: queryOf().get('w') ?? '50' });
  const apply = () => {
    front.style.clipPath = `inset(0 0 0 ${slider.value}%)`;
  };
  slider.oninput = apply;
  slider.onchange = () => writeQuery([['w', slider.value === '50' ? undefined : slider.value]]);
  apply();
  const plane = element('div', { className: 'plane' }, back, front);
  plane.style.aspectRatio = `${under.found.crop.width}/${under.found.crop.height}`;
  const box = element(
    'section',
    { className: 'wipe' },
    element('h2', {}, 'Over each other'),
    plane,
    element('label', {}, 'First ', slider, ' second'),
  );
  return { element: box, cuts: [back, front] };
}
