/**
 * Script that the dev server adds to every page: shows why the last rebuild failed in a sheet at the foot of the page, so that
 * the last good report stays in sight above it. Served as a module through Vite, never part of a build.
 */
export const DEV_ERROR_CLIENT = `
if (import.meta.hot) {
  const remove = () => document.querySelector('filterscope-error')?.remove();
  import.meta.hot.on('filterscope:failed', ({ message }) => {
    remove();
    const host = document.createElement('filterscope-error');
    const root = host.attachShadow({ mode: 'open' });
    root.innerHTML = \`<style>
      section { position: fixed; inset: auto 0 0 0; z-index: 99; max-height: 55vh; overflow: auto; padding: 1rem clamp(1rem, 4vw, 3rem) 1.25rem;
        background: #2a1414; color: #fbeaea; border-top: 3px solid #e5484d; font: 400 0.9375rem/1.5 Inter, system-ui, sans-serif; box-shadow: 0 -8px 32px rgb(0 0 0 / 35%); }
      header { display: flex; align-items: baseline; gap: 1rem; margin-bottom: 0.6rem; }
      strong { flex: 1; font-weight: 600; }
      button { font: inherit; font-size: 0.8125rem; color: inherit; background: none; border: 1px solid #7d3a3c; border-radius: 6px; padding: 0.15rem 0.7rem; cursor: pointer; }
      pre { margin: 0; font: 400 0.8125rem/1.6 ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
    </style><section role="alert" aria-label="The last rebuild failed"><header><strong>The rebuild failed. This is the last valid report.</strong><button type="button">Hide</button></header><pre></pre></section>\`;
    root.querySelector('pre').textContent = message;
    root.querySelector('button').onclick = remove;
    document.body.append(host);
  });
  import.meta.hot.on('filterscope:mended', remove);
  const generation = document.querySelector('meta[name=filterscope-generation]')?.content;
  import.meta.hot.send('filterscope:hello', { generation });
}
`;
