/** How a page is cited, as text and as BibTeX. Pure. */
import type { Report } from '../schema/report.ts';
import type { PagePath } from './routes.ts';

export interface Citation {
  readonly text: string;
  readonly bibtex: string;
}

/** Digits of a SHA-256 that tell weights apart. */
const DIGITS = 12;

/**
 * @param title of the page in its report; that of the report itself where it is absent
 * @param address of the page, where the gallery has one
 */
export function citePage(
  { experiment, model, provenance }: Pick<Report, 'experiment' | 'model' | 'provenance'>,
  page: {
    readonly path: PagePath;
    readonly title?: string | undefined;
    readonly address?: string | undefined;
  },
): Citation {
  const { path, address } = page;
  const title = page.title === undefined ? experiment.title : `${page.title}. ${experiment.title}`;
  const name = model.format === 'inline' ? 'layers of the experiment file' : model.name;
  const network = `Network: ${name}, ${describeWeights(model.weightsSha256)}`;
  const program = `Filterscope ${provenance.version}`;
  const fields = [
    ['title', `{${escape(title)}}`],
    ['howpublished', `Report made with ${escape(program)}`],
    ['note', escape(network)],
    ...(address === undefined ? [] : [['url', address.replace(/[{}\\]/g, encodeURIComponent)]]),
  ];
  return {
    text: `${withStop(title)} ${network}. Report made with ${program}.${address === undefined ? '' : ` ${address}`}`,
    bibtex: [
      `@misc{filterscope-${keyOf(path)},`,
      fields.map(([name, value]) => `  ${name} = {${value}}`).join(',\n'),
      '}',
    ].join('\n'),
  };
}

/** Weights that no file holds are named by their seed. */
function describeWeights(sha256: string): string {
  const seed = /^random:(.*)$/s.exec(sha256)?.[1];
  return seed === undefined ? `weights SHA-256 ${sha256.slice(0, DIGITS)}` : `random weights, seed ${seed}`;
}

const withStop = (title: string): string => (/[.!?…]$/.test(title) ? title : `${title}.`);

const keyOf = (path: PagePath): string =>
  path
    .join('-')
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-+|-+$/g, '');

const COMMANDS: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '{': '\\textbraceleft{}',
  '}': '\\textbraceright{}',
};

/** Characters that TeX would act on. BibTeX counts braces even where they are escaped, so that they are named. */
const escape = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[\\~^{}#$%&_]/g, (character) => COMMANDS[character] ?? `\\${character}`);
