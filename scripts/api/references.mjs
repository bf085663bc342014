// Finds the types of src/ that a declaration uses.
import { SyntaxKind } from 'typescript/unstable/ast';
import { isPublic } from './declaration.mjs';
import { isComputed } from './shape.mjs';

const TYPES = new Set([
  SyntaxKind.InterfaceDeclaration,
  SyntaxKind.TypeAliasDeclaration,
  SyntaxKind.ClassDeclaration,
  SyntaxKind.EnumDeclaration,
]);

/** The symbols of src/ that an item's types use, except its own, in the order of the text. */
export function referencesIn(program, { nodes, symbol: self }) {
  const found = new Map();
  const visit = (node) => {
    if (node === undefined) return;
    if (node.kind === SyntaxKind.TypeReference || node.kind === SyntaxKind.ExpressionWithTypeArguments)
      note(node.typeName ?? node.expression);
    node.forEachChild(visit);
  };
  const note = (name) => {
    const symbol = program.symbolAt(name);
    if (symbol === undefined || symbol.id === self.id || found.has(symbol.id)) return;
    const [declaration] = program.declarationsOf(symbol);
    if (declaration !== undefined && TYPES.has(declaration.kind)) found.set(symbol.id, symbol);
  };
  for (const node of nodes) for (const part of typesOf(node)) visit(part);
  return [...found.values()];
}

/** The parts of a declaration that its page shows: no bodies. */
function typesOf(node) {
  switch (node.kind) {
    case SyntaxKind.InterfaceDeclaration:
    case SyntaxKind.TypeAliasDeclaration:
      return isComputed(node) ? [] : [node];
    case SyntaxKind.ClassDeclaration:
      return [...(node.heritageClauses ?? []), ...node.members.filter(isPublic).flatMap(typesOf)];
    case SyntaxKind.VariableDeclaration:
      return node.initializer?.kind === SyntaxKind.ArrowFunction ? typesOf(node.initializer) : [node.type];
    default:
      return [...(node.typeParameters ?? []), ...(node.parameters ?? []), node.type];
  }
}
