import ts from 'typescript';

/** One import as written, whatever its form. */
export interface Import {
  /** The specifier, or words in brackets when it cannot be read from the source. */
  name: string;
  /** 1-based. */
  line: number;
  /** Erased before anything runs. */
  isTypeOnly: boolean;
}

export interface Source {
  imports: Import[];
  /** Uses of the names that were asked about, with 1-based lines. */
  names: { name: string; line: number }[];
}

export function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts');
}

/**
 * Reads what a TypeScript or Svelte source imports: `import`, `export … from`, `import type`, `import()`,
 * `import('…').Type`, `require`, reference directives. `names` are looked for as globals: a property or a field of the
 * same name is another thing.
 */
export function readSource(path: string, text: string, names: readonly string[] = []): Source {
  const code = path.endsWith('.svelte') ? onlyScripts(text) : text;
  const file = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const source: Source = { imports: [], names: [] };
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;

  for (const { fileName, pos } of [...file.typeReferenceDirectives, ...file.referencedFiles]) {
    source.imports.push({ name: fileName, line: lineOf(pos), isTypeOnly: true });
  }
  const visit = (node: ts.Node): void => {
    const line = lineOf(node.getStart(file));
    const found = importIn(node);
    if (found !== undefined) source.imports.push({ ...found, line });
    const used = names.find((name) => isUse(node, name));
    if (used !== undefined) source.names.push({ name: used, line });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return source;
}

/** Everything outside of script elements becomes empty lines, so that line numbers stay true. */
function onlyScripts(text: string): string {
  const script = /<script(?:\s+[\w:-]+(?:=(?:"[^"]*"|'[^']*'|[^\s>]*))?)*\s*>([\s\S]*?)<\/script>/g;
  const blank = (part: string): string => part.replace(/[^\n]+/g, '');
  let code = '';
  let end = 0;
  for (const match of text.matchAll(script)) {
    const body = match[1] ?? '';
    const start = match.index + match[0].length - '</script>'.length - body.length;
    code += blank(text.slice(end, start)) + body;
    end = start + body.length;
  }
  return code + blank(text.slice(end));
}

function importIn(node: ts.Node): Omit<Import, 'line'> | undefined {
  if (ts.isImportDeclaration(node)) {
    return named(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return named(node.moduleSpecifier, node.isTypeOnly);
  }
  if (ts.isImportTypeNode(node)) {
    return named(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument, true);
  }
  if (ts.isExternalModuleReference(node)) return named(node.expression, false);
  if (ts.isCallExpression(node) && isLoader(node.expression)) return named(node.arguments[0], false);
  return undefined;
}

/** `import(…)`, `require(…)`, `require.resolve(…)`, `process.getBuiltinModule(…)`. */
function isLoader(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee)) return callee.text === 'require';
  return (
    ts.isPropertyAccessExpression(callee) &&
    (callee.name.text === 'getBuiltinModule' || callee.getText() === 'require.resolve')
  );
}

function named(specifier: ts.Node | undefined, isTypeOnly: boolean): Omit<Import, 'line'> {
  const isReadable = specifier !== undefined && ts.isStringLiteralLike(specifier);
  return { name: isReadable ? specifier.text : '(a name that is computed)', isTypeOnly };
}

function isUse(node: ts.Node, name: string): boolean {
  if (name.includes('.')) return ts.isPropertyAccessExpression(node) && node.getText() === name;
  if (!ts.isIdentifier(node) || node.text !== name) return false;
  const { parent } = node;
  // `sample.process`, `{ process: 1 }`, `process(): void` name a member, not the global.
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  if (ts.isQualifiedName(parent)) return parent.right !== node;
  const isMember =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent);
  return !isMember || parent.name !== node;
}
