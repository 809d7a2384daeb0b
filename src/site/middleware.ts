/** Astro runs this for every page, when it builds and when it serves. */
import type { MiddlewareHandler } from 'astro';
import { finishPage } from './finish-page.ts';
import { dev } from './site.ts';

export const onRequest: MiddlewareHandler = async (_context, next) => {
  const response = await next();
  if (!response.headers.get('content-type')?.startsWith('text/html')) return response;
  const { status, statusText, headers } = response;
  const html = finishPage(await response.text(), { dev });
  headers.delete('content-length');
  return new Response(html, { status, statusText, headers });
};
