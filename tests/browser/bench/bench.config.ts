import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../output/bench',
  timeout: 900_000,
  expect: { timeout: 30_000 },
  use: { actionTimeout: 30_000 },
  workers: 1,
  reporter: [['line']],
});
