import ts from 'typescript-eslint';

/** For those who read TypeScript without a linter of their own: `tests/browser`. */
export const { parser } = ts;

/** A function fits a screen. A switch over one thing is one decision, however many arms it has. */
export const sizes = {
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
  complexity: ['error', { max: 20, variant: 'modified' }],
};
