import { loadScript } from './load-script.ts';
import { scriptPath } from './panel-data.ts';
import type { OrderData, PanelData, ReportData, ScriptPath } from './panel-data.ts';
import { readGrids } from './value-grids.ts';
import type { Grid, ValueScript } from './value-grids.ts';

declare global {
  interface Window {
    /** By the paths of their scripts. */
    filterscopeViewer?: Record<string, ReportData | PanelData | OrderData>;
    /** By the names of their scripts. */
    filterscopeValues?: Record<string, ValueScript>;
  }
}

/** What the gallery's scripts tell, each loaded once, when it is asked for. */
export class Gallery {
  readonly #grids = new Map<string, Promise<readonly (Grid | undefined)[]>>();

  /** @param root from the page to dist/, with a slash at its end unless it is empty */
  constructor(readonly root: string) {}

  /** @param src relative to the report's folder */
  href(experiment: string, src: string): string {
    return `${this.root}${encodeURIComponent(experiment)}/${src}`;
  }

  page(...path: readonly string[]): string {
    return `${this.root}${[...path, 'index.html'].map(encodeURIComponent).join('/')}`;
  }

  /** Undefined where there is no such report. */
  report(experiment: string): Promise<ReportData | undefined> {
    return this.#data({ experiment }) as Promise<ReportData | undefined>;
  }

  panels(path: ScriptPath): Promise<PanelData | undefined> {
    return this.#data(path) as Promise<PanelData | undefined>;
  }

  async #data(path: ScriptPath): Promise<ReportData | PanelData | undefined> {
    const name = scriptPath(path).join('/');
    await loadScript(this.root + scriptPath(path).map(encodeURIComponent).join('/'));
    return window.filterscopeViewer?.[name] as ReportData | PanelData | undefined;
  }

  /** Of all panels that a script has values of; undefined where a panel has none, empty where the browser cannot read them. */
  values(experiment: string, src: string): Promise<readonly (Grid | undefined)[]> {
    const name = src.slice(src.lastIndexOf('/') + 1);
    const known =
      this.#grids.get(name) ??
      loadScript(this.href(experiment, src)).then(async () => {
        const script = window.filterscopeValues?.[name];
        return script ? readGrids(script).catch(() => []) : [];
      });
    this.#grids.set(name, known);
    return known;
  }
}
