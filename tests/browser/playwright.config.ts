import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: 'stories/*.spec.ts',
  outputDir: 'output/traces',
  globalSetup: './support/album.ts',
  // A busy machine is slow; every wait within a story has a shorter limit of its own.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  // Half of a story is waiting, for rings and for browsers: two at a time take three quarters of the time. Each has a house and ports of its own.
  workers: 2,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  use: { actionTimeout: 30_000 },
  reporter: [['list']],
});
