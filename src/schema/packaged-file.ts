/** `npm:package@version/path` and `pypi:package==version/path`: one file in a package of a registry. */
import { z } from 'zod/v4';
import type { PackagedName } from './experiment.ts';
import { type IssueParts, reject } from './issue.ts';
import { pathProblem } from './pieces.ts';
import { show } from './words.ts';

type Registry = PackagedName['registry'];

interface Form {
  /** Package, version and path. */
  readonly whole: RegExp;
  readonly package: RegExp;
  readonly version: RegExp;
  readonly written: string;
  readonly exactly: string;
}

/**
 * Names begin with a letter or digit (or a scope), so that none is taken for an option by the program that it is given
 * to; versions are exact, so that none is taken for a range, a tag, a folder or an address.
 */
const FORMS: Readonly<Record<Registry, Form>> = {
  npm: {
    whole: /^npm:((?:@[^/@]*\/)?[^/@]+)@([^/]+)\/(.+)$/,
    package: /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/i,
    version: /^\d+\.\d+\.\d+(?:-[0-9a-z.-]+)?$/i,
    written: 'npm:package@version/path',
    exactly: 'A version is exact, such as `1.0.0`, without a range or a tag.',
  },
  pypi: {
    whole: /^pypi:([^/=]+)==([^/]+)\/(.+)$/,
    package: /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i,
    version: /^\d[0-9a-z.!+_-]*$/i,
    written: 'pypi:package==version/path',
    exactly: 'A version is exact, such as `1.0.0`, without a range or `*`.',
  },
};

const LONGEST = 1024;

/** Whether a text names a package, rightly or wrongly. */
export function isPackaged(text: string): boolean {
  return /^(?:npm|pypi):/.test(text);
}

/** Of a text that begins with `npm:` or `pypi:`. */
export function parsePackagedName(
  text: string,
): { readonly file: PackagedName } | { readonly problem: Pick<IssueParts, 'why' | 'hint'> } {
  const registry: Registry = text.startsWith('npm:') ? 'npm' : 'pypi';
  const form = FORMS[registry];
  const [, name, version, path] = form.whole.exec(text) ?? [];
  if (name === undefined || version === undefined || path === undefined || text.length > LONGEST) {
    return { problem: { why: `A file in a package is written \`${form.written}\`.` } };
  }
  if (!form.package.test(name)) return { problem: { why: `${show(name)} is not a package name.` } };
  if (!form.version.test(version)) return { problem: { why: form.exactly } };
  const problem = pathProblem(path);
  if (problem) return { problem };
  if (path.includes('\\') || path.split('/').some((step) => step === '' || /^\.{1,2}$/.test(step))) {
    return {
      problem: { why: 'The path begins at the top of the package, without empty parts, `.` or `..`.' },
    };
  }
  return { file: { registry, package: name, version, path } };
}

/** As an experiment file has it. */
export function formatPackaged(file: PackagedName): string {
  return `${file.registry}:${formatPackage(file)}/${file.path}`;
}

/** The package and its version, as its own program takes them. */
export function formatPackage({ registry, package: name, version }: PackagedName): string {
  return registry === 'npm' ? `${name}@${version}` : `${name}==${version}`;
}

/** A path, a file in a package, or `random`. */
export const weightSource = z.string().superRefine((text, ctx) => {
  const found = isPackaged(text) ? parsePackagedName(text) : undefined;
  const problem = found ? ('problem' in found ? found.problem : undefined) : pathProblem(text);
  if (problem) reject(ctx, { what: (key) => `${key} cannot be ${show(text)}.`, ...problem });
});

export const sha256Text = z
  .string()
  .superRefine((text, ctx) => {
    if (/^[0-9a-f]{64}$/i.test(text)) return;
    reject(ctx, {
      what: (key) => `${key} cannot be ${show(text)}.`,
      why: 'A SHA-256 has 64 digits, 0 to 9 and a to f.',
    });
  })
  .transform((text) => text.toLowerCase())
  .meta({ pattern: '^[0-9a-fA-F]{64}$' });
