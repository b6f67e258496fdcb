import { existsSync, readdirSync } from 'node:fs';
import vue from 'eslint-plugin-vue';
import ts from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';
import { sizes } from './eslint.sizes.js';

const apps = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`${import.meta.dirname}/${entry.name}/index.html`))
  .map((entry) => entry.name)
  .filter((name) => name !== 'dist' && name !== 'node_modules');

const han = '/[\\u4e00-\\u9fff]/';
const textLivesInLocales = 'Text people read lives in web/locales.';

/** What one room of the web may not import. */
const roomRule = (name, forbidden) => ({
  files: [`${name}/**/*.{ts,vue}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `(^|/)(${forbidden.join('|')})/`,
            message: 'Apps never import each other, and the kit imports no app.',
          },
        ],
      },
    ],
  },
});

export default ts.config(
  { ignores: ['dist/**', 'node_modules/**', 'protocol/generated/**'] },
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'] } },
    rules: {
      'no-undef': 'off',
      'vue/multi-word-component-names': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'always', normal: 'never', component: 'always' } }],
      'vue/singleline-html-element-content-newline': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/require-default-prop': 'off',
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-restricted-syntax': [
        'error',
        { selector: `VElement:not([name='script']) > VText[value=${han}]`, message: textLivesInLocales },
        { selector: `VLiteral[value=${han}]`, message: textLivesInLocales },
        { selector: `Literal[value=${han}]`, message: textLivesInLocales },
      ],
    },
  },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      eqeqeq: ['error', 'always'],
      ...sizes,
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-dynamic-delete': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-globals': [
        'error',
        { name: 'WebSocket', message: 'Sockets are opened by kit/connection alone.' },
        { name: 'RTCPeerConnection', message: 'Peer connections are built by kit/call alone.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
        {
          selector: 'ChainExpression CallExpression > SpreadElement:not(:last-child)',
          message: 'Chrome 87 takes this wrongly (crbug.com/v8/11558): spread last, or without `?.`.',
        },
        { selector: `Literal[value=${han}]`, message: textLivesInLocales },
        { selector: `TemplateElement[value.raw=${han}]`, message: textLivesInLocales },
        {
          selector: "MemberExpression[property.name='innerHTML']",
          message: 'Text nodes only.',
        },
        {
          selector: "MemberExpression[object.name='window'][property.name=/^(WebSocket|RTCPeerConnection)$/]",
          message: 'Sockets and peer connections belong to the kit.',
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/examples.ts', '**/testing.ts'],
    rules: {
      // A story is as long as it is, and `describe` holds many.
      'max-lines-per-function': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'vue/one-component-per-file': 'off',
    },
  },
  { files: ['vite.config.ts', 'shims.d.ts'], rules: { 'no-restricted-exports': 'off' } },
  { files: ['kit/**/*.{ts,vue}'], rules: { 'no-restricted-globals': 'off' } },
  roomRule('kit', apps.length > 0 ? apps : ['citizen']),
  ...apps.map((app) => roomRule(app, [...apps.filter((other) => other !== app), '\\.\\./kit'])),
);
