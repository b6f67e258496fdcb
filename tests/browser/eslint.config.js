// The stories are held to the size of a function alone: the rest of web's rules is about pages.
import { parser, sizes } from '../../web/eslint.sizes.js';

export default [{ ignores: ['output/**'] }, { files: ['**/*.ts'], languageOptions: { parser }, rules: sizes }];
