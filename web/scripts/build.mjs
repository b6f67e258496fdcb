// Builds every app, or those named: dist/<app>/index.html, all hashed files under dist/assets/, each beside its .br and .gz.
// WEB_DIST names another place than web/dist.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, loadConfigFromFile, mergeConfig } from 'vite';

const web = new URL('..', import.meta.url).pathname;
const dist = process.env.WEB_DIST ?? join(web, 'dist');
const loaded = await loadConfigFromFile({ command: 'build', mode: 'production' }, join(web, 'vite.config.ts'));
if (!loaded) throw new Error('vite.config.ts could not be read');
const apps = readdirSync(web, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['dist', 'node_modules'].includes(entry.name))
  .map((entry) => entry.name)
  .filter((name) => readdirSync(join(web, name)).includes('index.html'))
  .filter((name) => process.argv.length <= 2 || process.argv.includes(name));

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'assets'), { recursive: true });

for (const app of apps) {
  const outDir = join(dist, app);
  await build(
    mergeConfig(loaded.config, {
      configFile: false,
      root: join(web, app),
      logLevel: 'warn',
      build: { outDir, emptyOutDir: true },
    }),
  );
  for (const name of readdirSync(join(outDir, 'assets'))) {
    renameSync(join(outDir, 'assets', name), join(dist, 'assets', name));
  }
  rmSync(join(outDir, 'assets'), { recursive: true });
}

const size = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
for (const name of readdirSync(join(dist, 'assets')).sort()) {
  if (!/\.(js|css|svg|json)$/.test(name)) continue;
  const file = join(dist, 'assets', name);
  const plain = readFileSync(file);
  const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
  writeFileSync(`${file}.br`, brotli);
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }));
  console.log(`${name.padEnd(44)} ${size(plain.length).padStart(10)}  br ${size(brotli.length)}`);
}
