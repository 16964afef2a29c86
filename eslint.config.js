import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** Rules that catch real bugs here, beyond the presets. Imports between folders are checked by the layer test. */
const ours = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
  ],
  // Messages often contain numbers.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  // `() => clearTimeout(timer)` is readable as a one-line callback.
  '@typescript-eslint/no-confusing-void-expression': [
    'error',
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, varsIgnorePattern: '^_' }],
  // Interfaces use method syntax, and stages are connected by passing methods of them.
  '@typescript-eslint/unbound-method': 'off',
  // `found === undefined
  // !found.enabled` states both cases explicitly.
  '@typescript-eslint/prefer-optional-chain': 'off',
  // Foreign text often contains control characters, which the code must match.
  'no-control-regex': 'off',
  // An empty function is the clearest form for a stream that never yields and a callback that does nothing.
  '@typescript-eslint/no-empty-function': 'off',
  // Both `Record` types and index signatures are used where they fit.
  '@typescript-eslint/consistent-indexed-object-style': 'off',
  // noPropertyAccessFromIndexSignature is off; `env['HOME']` marks keys that may be missing.
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
      // Maps and Sets that are not displayed need no reactivity.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-inspect': 'error',
    },
  },
  { files: ['src-renderer/**'], languageOptions: { globals: globals.browser } },
  { files: ['**/*.{mjs,js}'], languageOptions: { globals: globals.nodeBuiltin } },
  { files: ['*.config.{js,ts}'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.test.ts', 'src-main/testing/**', 'e2e/**', 'bench/**'], rules: { 'no-console': 'off' } },
  {
    // Values that a test reads back (JSON, expect.any) are checked by its assertions.
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
