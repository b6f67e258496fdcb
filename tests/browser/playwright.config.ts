import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: 'stories/*.spec.ts',
  outputDir: 'output/traces',
  globalSetup: './support/album.ts',
  // A busy machine is slow; every wait within a story has a shorter limit of its own.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  use: { actionTimeout: 30_000 },
  reporter: [['list']],
});
