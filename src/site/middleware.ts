/** Astro's dev server runs this for every page. */
import type { MiddlewareHandler } from 'astro';
import { finishPage } from './finish-page.ts';
import { siteContext } from './site-context.ts';

export const onRequest: MiddlewareHandler = async (_context, next) => {
  const response = await next();
  if (!response.headers.get('content-type')?.startsWith('text/html')) return response;
  const { status, statusText, headers } = response;
  const html = finishPage(await response.text(), { dev: siteContext().dev });
  headers.delete('content-length');
  return new Response(html, { status, statusText, headers });
};
