/**
 * References to what a gallery shows, as they stand in addresses: `?i=` of a page names the panel that is inspected, `?p=` of the comparison
 * what is compared. They are made of the folders of pages, so that a rebuild keeps them: see routes.ts. Pages and their scripts import this file.
 *
 *     cats                          a report
 *     cats/images/tom               an image
 *     cats/layers/conv1             a layer
 *     cats/layers/conv1/12          a unit
 *     cats/layers/conv1/-/tom       a layer or unit for one image
 *     cats/views/maps/conv1/12/tom  a panel of a view; without a filter all panels of its layer and image
 *
 * A hyphen stands for what a panel has not.
 */
export interface Reference {
  readonly experiment: string;
  readonly kind: 'report' | 'images' | 'layers' | 'views';
  readonly view?: string;
  readonly layer?: string;
  readonly filter?: number;
  readonly image?: string;
  /** Of panels that have all else in common, which one: 2 for the second. */
  readonly nth?: number;
}

const NONE = '-';

/** Undefined for a text that is none. */
export function parseReference(text: string): Reference | undefined {
  const [experiment, kind, ...rest] = text.split('/');
  if (!experiment) return undefined;
  if (kind === undefined) return { experiment, kind: 'report' };
  if (kind === 'images') {
    const [image] = rest;
    return image && rest.length === 1 ? { experiment, kind, image } : undefined;
  }
  if (kind !== 'layers' && kind !== 'views') return undefined;
  const view = kind === 'views' ? rest.shift() : undefined;
  const [layer, filter, image, nth] = rest.map((part) => (part === NONE ? undefined : part));
  const isNumber = (part: string | undefined) => part === undefined || /^\d{1,9}$/.test(part);
  if (!rest[0] || rest.length > 4 || rest.includes('') || !isNumber(filter) || !isNumber(nth))
    return undefined;
  if (kind === 'views' ? !view : layer === undefined) return undefined;
  return {
    ...{ experiment, kind },
    ...(view === undefined ? {} : { view }),
    ...(layer === undefined ? {} : { layer }),
    ...(filter === undefined ? {} : { filter: Number(filter) }),
    ...(image === undefined ? {} : { image }),
    ...(nth === undefined ? {} : { nth: Number(nth) }),
  };
}

export function formatReference({ experiment, kind, view, layer, filter, image, nth }: Reference): string {
  if (kind === 'report') return experiment;
  if (kind === 'images') return [experiment, kind, image].join('/');
  const parts = [layer, filter, image, nth === 1 ? undefined : nth].map((part) => part ?? NONE);
  while (parts.length > 1 && parts.at(-1) === NONE) parts.pop();
  return [experiment, kind, ...(view === undefined ? [] : [view]), ...parts].join('/');
}

/** `?a=x/y&b=2`: readable, with no more escapes than needed. Empty where there is no state. */
export function formatQuery(
  entries: readonly (readonly [name: string, value: string | undefined])[],
): string {
  const parts = entries.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [value === '' ? name : `${name}=${encodeURIComponent(value).replaceAll('%2F', '/')}`],
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
