/** What `import ... from 'filterscope'` gives. Each function loads what it needs when it is called. */
import { resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { loadConfig } from '../config/load-config.ts';
import { PROJECT_FOLDERS, resolveProject, type Project } from '../config/project.ts';
import { nodeEffects, silentLogger, type Effects } from '../effects.ts';
import { formatProblem, UserError } from '../errors.ts';
import { nativeFolder } from '../package-root.ts';
import type { PipelineOptions } from '../pipeline/plan/prepare.ts';
import type { BuildResult, CheckResult, DevOptions, DevServer, ProjectOptions } from './types.ts';

export {
  defineColormap,
  defineConfig,
  defineFormat,
  defineLayer,
  definePresentation,
  defineTechnique,
} from '../config/define-config.ts';
export { layerSettings } from '../schema/layer-forms.ts';
export { html } from '../site/html.ts';
export { z } from 'zod/v4';
export {
  colormapSetting,
  displaySettings,
  filterSelector,
  imageSelectors,
  labelWith,
  layerSelectors,
  overlaySettings,
} from '../schema/selectors.ts';
export { measure } from '../techniques/maps.ts';
export { UserError, WorkError } from '../errors.ts';
export type { FilterscopeConfig, NamedColormap } from '../config/define-config.ts';
export type * from '../techniques/technique.ts';
export type { ModelFile, ModelFormat, ReadOptions } from '../model/formats/format.ts';
export type { OwnLayerType } from '../model/use-plugins.ts';
export type { Layer, LayerBuilder } from '../model/layers/layer-type.ts';
export type { Network, NetworkNode, NodeWeights, Weights } from '../model/network.ts';
export type { OwnPresentation, Presentation } from '../site/techniques/presentation.ts';
export type { Panel, View } from '../schema/report.ts';
export type { Place, Problem } from '../errors.ts';
export type * from './types.ts';

/**
 * Runs what is out of date and writes the gallery, as `filterscope build` does.
 *
 * @throws UserError with every problem of the configuration and the experiments; nothing was built
 * @throws WorkError where the disk or the machine is at fault
 */
export async function build(options: ProjectOptions = {}): Promise<BuildResult> {
  const { project, pipeline, effects, signal } = await open(options);
  const { checkOutFolder } = await import('../publish/out-folder.ts');
  await checkOutFolder(project);
  const { buildGallery } = await import('../publish/gallery.ts');
  const { plainProgress } = await import('../pipeline/progress.ts');
  return inMode('production', async () => {
    const { jobs, cached, failures } = await buildGallery({
      ids: options.ids ?? [],
      options: { ...pipeline, out: project.out },
      settings: project.settings,
      progress: plainProgress(effects.log, effects.now),
      ...{ effects, signal },
    });
    return {
      ...{ out: project.out, jobs, cached },
      failures: failures.map(({ experiment, view, error }) => ({
        ...{ experiment, view, technique: error.technique, message: error.message },
      })),
    };
  });
}

/**
 * Validates everything and runs nothing, as `filterscope check` does.
 *
 * @throws UserError with every problem of the configuration and the experiments
 */
export async function check(options: ProjectOptions = {}): Promise<CheckResult> {
  const { project, pipeline, effects, signal } = await open(options);
  const { checkGallery } = await import('../publish/gallery.ts');
  const { plans, skipped } = await checkGallery({
    ids: options.ids ?? [],
    options: { ...pipeline, out: project.out },
    ...{ effects, signal },
  });
  return {
    experiments: plans.map(({ id, title, units, cached, estimate }) => ({
      id,
      title,
      jobs: units,
      cached,
      estimate,
    })),
    skipped: skipped.map(({ id, notice }) => ({ id, reason: notice.map(formatProblem).join('\n') })),
  };
}

/**
 * Builds and serves the gallery, and follows every save of an experiment, a narrative or an image, as `filterscope dev` does.
 * Resolves when the server answers.
 *
 * @throws UserError with every problem of the configuration; those of experiments are logged and shown in the pages
 */
export async function dev(options: DevOptions = {}): Promise<DevServer> {
  const { project, pipeline, effects, signal } = await open(options);
  const { runDev } = await import('../publish/dev.ts');
  const { serveDev } = await import('../site/dev.ts');
  const { plainProgress } = await import('../pipeline/progress.ts');
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  return new Promise((done, fail) => {
    const running = inMode('development', () =>
      runDev({
        options: { ...pipeline, out: project.out },
        settings: project.settings,
        progress: plainProgress(effects.log, effects.now),
        ...{ effects, signal: stopped },
        host: options.host ?? 'localhost',
        port: options.port ?? 4321,
        allowedHosts: options.allowedHosts ?? [],
        async serve(settings) {
          const server = await serveDev(settings);
          done({
            url: server.url,
            async close() {
              stop.abort();
              await running;
            },
          });
          return server;
        },
      }),
    );
    running.then(() => fail(stopped.reason), fail);
  });
}

interface Opened {
  readonly project: Project;
  readonly pipeline: PipelineOptions;
  readonly effects: Effects;
  readonly signal: AbortSignal;
}

async function open(options: ProjectOptions): Promise<Opened> {
  const cwd = resolve(options.cwd ?? '.');
  const names = ['title', 'base', 'url', ...PROJECT_FOLDERS] as const;
  const given = names.flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]] as const],
  );
  const { PLUGIN_KEYS } = await import('../config/install-plugins.ts');
  const misplaced = PLUGIN_KEYS.filter((key) => key in options);
  if (misplaced.length > 0) {
    throw new UserError(
      misplaced.map((key) => ({
        what: `\`${key}\` cannot be given to a function.`,
        why: 'Plug-ins run in other threads, too, which load them from the configuration.',
        hint: `Write \`${key}\` in \`filterscope.config.ts\`.`,
      })),
    );
  }
  const { parseConfig } = await import('../config/parse-config.ts');
  const parsed = parseConfig(Object.fromEntries(given), 'options');
  const project = resolveProject(cwd, { ...(await loadConfig(cwd)), ...parsed });
  return {
    project,
    pipeline: {
      backend: options.backend ?? 'auto',
      experiments: project.experiments,
      content: project.content,
      cache: project.cache,
      ...(project.store === undefined ? {} : { store: project.store }),
      nativeDir: nativeFolder(cwd),
      version: manifest.version,
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    },
    effects: { ...nodeEffects, log: options.log ?? silentLogger },
    signal: options.signal ?? new AbortController().signal,
  };
}

/** Astro's pages depend on the mode; what the caller's own is comes back afterwards. */
async function inMode<T>(mode: 'production' | 'development', work: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = mode;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}
