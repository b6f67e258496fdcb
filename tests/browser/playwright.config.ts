import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: 'stories/*.spec.ts',
  outputDir: 'output/traces',
  timeout: 120_000,
  expect: { timeout: 15_000 },
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  use: { actionTimeout: 15_000 },
  reporter: [['list']],
});
