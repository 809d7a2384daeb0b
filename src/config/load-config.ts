import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiledFile } from '../compiled-file.ts';
import { UserError } from '../errors.ts';
import type { FilterscopeConfig } from './define-config.ts';
import { importModule, pluginCode } from '../plugins.ts';
import type { PluginCode } from '../plugins.ts';

/** In the project's folder; one of them. */
export const CONFIG_FILES = ['filterscope.config.ts', 'filterscope.config.mjs'] as const;

/**
 * The project's configuration; an empty one where it has none. Its techniques, formats, layers, colormaps and presentations are known to
 * this process from then on, those of an earlier configuration no longer.
 * @param project absolute folder, in which the file is looked for
 * @throws UserError where there are two, or the file does not run or says something wrong
 */
export async function loadConfig(project: string): Promise<FilterscopeConfig> {
  const { config, code } = await readConfig(project);
  // Most projects have none: their commands begin without what plug-ins are checked by.
  if (!code && !pluginCode()) return config;
  const { hasPlugins, installPlugins } = await import('./install-plugins.ts');
  if (hasPlugins(config) || pluginCode()) await installPlugins(config, code);
  return config;
}

async function readConfig(
  project: string,
): Promise<{ readonly config: FilterscopeConfig; readonly code?: PluginCode }> {
  const [name, second] = CONFIG_FILES.filter((each) => existsSync(join(project, each)));
  if (name === undefined) return { config: {} };
  if (second !== undefined) {
    throw new UserError({
      what: `There are two configurations: \`${name}\` and \`${second}\`.`,
      hint: 'Delete or rename one of them.',
    });
  }
  const { module, code } = await run(join(project, name), name);
  if (!('default' in module)) {
    throw new UserError({
      what: `\`${name}\` has no default export.`,
      place: { file: name },
      hint: 'Write `export default { title: "My networks" };`.',
    });
  }
  const { parseConfig } = await import('./parse-config.ts');
  return { config: parseConfig(module['default'], name), code };
}

interface RunConfig {
  readonly module: Readonly<Record<string, unknown>>;
  readonly code: PluginCode;
}

async function run(path: string, name: string): Promise<RunConfig> {
  try {
    const code = await bundle(path);
    return { module: await importModule(code), code };
  } catch (error) {
    const [first] = (error as { errors?: readonly BundleError[] }).errors ?? [];
    const message = first?.text ?? (error instanceof Error ? error.message : String(error));
    throw new UserError({
      what: `\`${name}\` cannot be run.`,
      place: {
        file: name,
        ...(first?.location && { line: first.location.line, column: first.location.column + 1 }),
      },
      why: message.split('\n', 1)[0]!,
      hint: 'The file is a module of JavaScript or TypeScript that exports the configuration.',
    });
  }
}

/** As esbuild has it; columns count from 0. */
interface BundleError {
  readonly text: string;
  readonly location: { readonly line: number; readonly column: number } | null;
}

/**
 * The file and what it imports by relative paths as one module that runs from memory, so that nothing is written into the project.
 * Packages stay outside and are named by their files.
 */
async function bundle(path: string): Promise<PluginCode> {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: dirname(path),
    entryPoints: [path],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.3',
    sourcemap: 'inline',
    metafile: true,
    logLevel: 'silent',
    define: {
      'import.meta.url': JSON.stringify(pathToFileURL(path).href),
      'import.meta.filename': JSON.stringify(path),
      'import.meta.dirname': JSON.stringify(dirname(path)),
    },
    plugins: [
      {
        name: 'packages',
        setup({ onResolve, resolve }) {
          onResolve({ filter: /^[^./\\]/ }, async ({ path: specifier, kind, resolveDir, pluginData }) => {
            if (kind === 'entry-point' || pluginData === RESOLVING) return undefined;
            // This program, whichever of several installed copies runs.
            if (specifier === 'filterscope') return external(compiledFile('api.js'));
            const found = await resolve(specifier, { kind, resolveDir, pluginData: RESOLVING });
            return found.errors.length > 0 || found.external ? found : external(found.path);
          });
        },
      },
    ],
  });
  return { module: outputFiles[0]!.text, sum: await sumOf(path, Object.keys(metafile.inputs)) };
}

/** Of the local files; of the configuration itself only where it has code of its own, so that a new title computes nothing again. */
async function sumOf(config: string, inputs: readonly string[]): Promise<string> {
  const sum = createHash('sha256');
  for (const input of [...inputs].sort()) {
    const path = resolvePath(dirname(config), input);
    const text = await readFile(path, 'utf8');
    if (path !== config || /=>|\b(?:function|class|define(?!Config)\w+)\b/.test(text))
      sum.update(`${text.length}\n${text}`);
  }
  return sum.digest('hex');
}

/** Marks what the plugin itself asks for. */
const RESOLVING = Symbol('resolving');

const external = (file: string) => ({ path: pathToFileURL(file).href, external: true });
