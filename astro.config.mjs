import { defineConfig } from 'astro/config';

// Only for `astro check` and editors: the command renders with src/site/astro-config.ts.
export default defineConfig({ srcDir: 'src/site' });
