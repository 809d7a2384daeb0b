import { defineConfig } from 'vitest/config';

/** Tests that need Chromium: `npm run test:browser`. One at a time, as each has a browser and a server of its own. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
