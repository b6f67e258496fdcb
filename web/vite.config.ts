import vue from '@vitejs/plugin-vue';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { refuseForOldChrome } from './scripts/oldChrome.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Every folder with an index.html is an app: a page of its own that shares only the kit. */
export const apps = readdirSync(here('.'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(here(`./${entry.name}/index.html`)))
  .map((entry) => entry.name)
  .filter((name) => name !== 'dist' && name !== 'node_modules');

/** The oldest browsers we promise: Android WebView 87 (WeChat XWEB), iOS 14.3. */
export const browserFloor = ['chrome87', 'ios14.3'];

/**
 * The same floor for the syntax of scripts. What else Chrome learned up to 91, iOS 14.3 does not know, so it is rewritten
 * all the same; but `?.` stays, which saves 770 bytes. Before 91 Chrome takes `list?.push(...some, last)` wrongly
 * (crbug.com/v8/11558): a lint forbids it in ours, and a build that has it all the same comes to nothing.
 */
const syntaxFloor = ['chrome91', 'ios14.3'];

/** Fills `%opening.opening%` in an index.html from web/locales, so that the first words of a page live there too. */
function localeText(): Plugin {
  return {
    name: 'locale-text',
    transformIndexHtml: (html) =>
      html.replace(/%(\w+)\.(\w+)%/g, (_whole, place: string, meaning: string) => {
        const sentences = JSON.parse(readFileSync(here(`./locales/zh-CN/${place}.json`), 'utf8')) as Record<
          string,
          string
        >;
        const sentence = sentences[meaning];
        if (sentence === undefined) throw new Error(`index.html asks for ${place}.${meaning}, which no locale has`);
        return sentence;
      }),
  };
}

/** What vite wraps around each dynamic import to fetch style sheets and chunks beside it. Ours have none: 1 KB saved. */
function noPreloading(): Plugin {
  return {
    name: 'no-preloading',
    enforce: 'pre',
    apply: 'build',
    load: (id) => (id === '\0vite/preload-helper.js' ? 'export const __vitePreload = (load) => load();' : undefined),
  };
}

/** Puts the name of the lane's file where the citizen's page asks for it again, see citizen/call/useLane.ts. */
function laneAddress(): Plugin {
  return {
    name: 'lane-address',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const lane = chunks.find(({ name, isDynamicEntry }) => isDynamicEntry && name === 'lane');
      for (const chunk of chunks.filter(({ code }) => code.includes('%lane%'))) {
        if (!lane) throw new Error('the page asks for the lane, which is no file of its own');
        chunk.code = chunk.code.replace('%lane%', `./${basename(lane.fileName)}`);
      }
    },
  };
}

export default defineConfig({
  root: here('.'),
  plugins: [
    vue({ template: { compilerOptions: { comments: false } } }),
    localeText(),
    noPreloading(),
    laneAddress(),
    refuseForOldChrome(),
  ],
  resolve: {
    alias: {
      '@kit': here('./kit'),
      '@protocol': here('./protocol/index.ts'),
      '@locales': here('./locales/zh-CN'),
    },
  },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: {
    target: syntaxFloor,
    cssTarget: browserFloor,
    // A strict content security policy allows neither data: scripts nor inlined modules.
    assetsInlineLimit: 0,
    // A page is one style sheet: a request saved on a slow link costs more than a few rules not needed yet.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:8080',
      '/ws': { target: 'http://127.0.0.1:8080', ws: true },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['{kit,citizen,staff,protocol,locales,scripts}/**/*.test.ts'],
    restoreMocks: true,
    css: true,
  },
});
