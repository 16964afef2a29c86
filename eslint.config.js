import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** Rules whose breach is a bug here, beyond the presets. What folders may import is the layer test's business. */
const ours = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
  ],
  // Numbers in messages are what this program writes all day.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  // `() => clearTimeout(timer)` as a one-line callback reads well and loses nothing.
  '@typescript-eslint/no-confusing-void-expression': [
    'error',
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, varsIgnorePattern: '^_' }],
  // Interfaces are written in method syntax; taking a method out of one is how stages are wired to each other.
  '@typescript-eslint/unbound-method': 'off',
  // `found === undefined || !found.enabled` says both cases.
  '@typescript-eslint/prefer-optional-chain': 'off',
  // Control characters in foreign text are a daily guest here.
  'no-control-regex': 'off',
  // A stream that never yields a value, a timer's callback that does nothing: both say so with an empty function.
  '@typescript-eslint/no-empty-function': 'off',
  // `readonly #field` in classes, `Record` types and index signatures each have their place.
  '@typescript-eslint/consistent-indexed-object-style': 'off',
  // TypeScript's noPropertyAccessFromIndexSignature is off; `env['HOME']` marks what may be absent.
  '@typescript-eslint/dot-notation': 'off',
  eqeqeq: 'error',
  'no-console': 'error',
  'no-restricted-syntax': [
    'error',
    {
      selector: 'ExportDefaultDeclaration',
      message:
        'Export by name: a default export is called something else in every file. Configuration files may.',
    },
    { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
  ],
};

export default ts.config(
  {
    ignores: [
      'dist/',
      'release/',
      '.types/',
      '.cache/',
      'test-results/',
      'src-renderer/paraglide/',
      'src-renderer/project.inlang/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: ours,
  },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/no-target-blank': 'error',
      'svelte/button-has-type': 'error',
      'svelte/require-each-key': 'error',
      // Bookkeeping that nothing is drawn from stays a plain Map or Set.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-inspect': 'error',
    },
  },
  { files: ['src-renderer/**'], languageOptions: { globals: globals.browser } },
  { files: ['**/*.{mjs,js}'], languageOptions: { globals: globals.nodeBuiltin } },
  { files: ['*.config.{js,ts}'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.test.ts', 'src-main/testing/**', 'e2e/**', 'bench/**'], rules: { 'no-console': 'off' } },
  {
    // What a test reads back (JSON, expect.any) is judged by its assertions.
    files: ['**/*.test.ts', 'e2e/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
