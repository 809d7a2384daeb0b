/** Where the links of a narrative lead. */
import type { Problem } from '../errors.ts';
import { RESERVED_FOLDERS } from './report.ts';
import { slug } from './slug.ts';
import { didYouMean, nearestFirst, show } from './words.ts';

export type AddProblem = (line: number, near: string, problem: () => Omit<Problem, 'place'>) => void;

/** Prefix of heading ids, so that none is the id of something else in the page. */
export const ANCHOR = 'text-';

export interface LinkContext {
  readonly report: AddProblem;
  /** Called for links to units, which are checked when the network is known. */
  readonly addUnit: (
    line: number,
    near: string,
    unit: { readonly layer: string; readonly filter: number },
  ) => void;
  /** Called for links to other reports, `../<id>/…`, of which the gallery may not have all. */
  readonly addReport: (line: number, near: string, report: string) => void;
  readonly anchors: ReadonlySet<string>;
  readonly toOverview: string;
  readonly views?: ReadonlySet<string>;
}

/** From the folder of a report's overview. */
const OTHER_REPORT = /^\.\.\/([^./?#][^/?#]*)\//;

/** Of headings, in a message about a link to none of them. */
const MOST_CHOICES = 1000;
/** The id in `view:id`, or undefined after reporting that there is no such view. */
export function checkView(address: string, line: number, { report, views }: LinkContext): string | undefined {
  const view = decode(address.slice('view:'.length));
  if (!views || views.has(view)) return view;
  report(line, `view:${view}`, () => {
    const valid = [...views];
    return {
      what: `There is no view ${show(view)}.`,
      ...didYouMean(view, valid),
      choices: nearestFirst(view, valid),
    };
  });
  return undefined;
}

export function checkLink(address: string, line: number, context: LinkContext): string {
  const { report, anchors, toOverview } = context;
  if (address.startsWith('view:')) {
    const view = checkView(address, line, context);
    return view === undefined ? '' : `${toOverview}views/${encodeURIComponent(view)}/index.html`;
  }
  if (address.startsWith('unit:')) {
    const [, layer, filter] = /^unit:(.+)\/(\d{1,9})$/s.exec(decode(address)) ?? [];
    if (layer === undefined || filter === undefined) {
      report(line, address, () => ({
        what: `${show(address)} names no unit.`,
        hint: 'Write the layer and the number of the filter: `unit:conv3/12`.',
      }));
      return '';
    }
    context.addUnit(line, decode(address), { layer, filter: Number(filter) });
    return `${toOverview}layers/${encodeURIComponent(slug(layer))}/${Number(filter)}/index.html`;
  }
  if (address.startsWith('#')) {
    const anchor = decode(address.slice(1));
    if (anchors.has(anchor)) return `#${ANCHOR}${anchor}`;
    report(line, address, () => {
      const valid = [...anchors].slice(0, MOST_CHOICES);
      return {
        what: `There is no heading ${show(anchor)} in this text.`,
        ...didYouMean(anchor, valid),
        ...(valid.length > 0 && { choices: nearestFirst(anchor, valid) }),
      };
    });
    return '';
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  const isElsewhere = scheme !== undefined && !['http', 'https', 'mailto'].includes(scheme);
  if (!isElsewhere && address !== '' && !/^[/\\]/.test(address)) {
    const [, folder] = OTHER_REPORT.exec(address) ?? [];
    if (folder !== undefined && !RESERVED_FOLDERS.includes(folder)) context.addReport(line, address, folder);
    return scheme === undefined ? toOverview + address : address;
  }
  if (address === '') {
    report(line, ']()', () => ({
      what: 'A link has no address.',
      hint: 'Write the address between the parentheses.',
    }));
    return '';
  }
  report(line, address, () => ({
    what: `A link cannot lead to ${show(address)}.`,
    why: isElsewhere
      ? 'Links begin with `https:`, `http:` or `mailto:`, or are relative.'
      : 'Reports work in any folder, so links are full addresses or relative.',
    hint: 'To link to a view or a unit, write `view:id` or `unit:layer/filter`.',
  }));
  return '';
}

function decode(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
