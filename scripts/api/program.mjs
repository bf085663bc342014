// The compiler's view of src/, by the API of TypeScript 7, which has no other yet (https://github.com/microsoft/typescript-go).
import { join } from 'node:path';
import { API, NodeBuilderFlags, SignatureKind, SymbolFlags } from 'typescript/unstable/sync';

/** Types whole, by the names that they have in their own files. */
const WHOLE =
  NodeBuilderFlags.NoTruncation |
  NodeBuilderFlags.UseAliasDefinedOutsideCurrentScope |
  NodeBuilderFlags.UseSingleQuotesForStringLiteralType;

/** CheckFlags.Readonly, which that API does not name: of properties that the compiler has computed. */
const READONLY = 1 << 3;

/** Calls `use` with what can be asked about the sources. The compiler runs as a process of its own until it returns. */
export function withProgram(root, use) {
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.dist.json')] });
    return use(new Program(root, snapshot.getProjects()[0]));
  } finally {
    api.close();
  }
}

class Program {
  #src;
  #project;
  #checker;

  constructor(root, project) {
    this.#src = join(root, 'src');
    this.#project = project;
    this.#checker = project.checker;
  }

  /** The source file of an entry. */
  fileOf(room) {
    return this.#project.program.getSourceFile(join(this.#src, room, 'index.ts'));
  }

  /** What an entry exports: names, and the symbols that they stand for. */
  exportsOf(room) {
    const module = this.#checker.getSymbolAtLocation(this.fileOf(room));
    return this.#checker
      .getExportsOfModule(module)
      .map((symbol) => ({ name: symbol.name, symbol: this.#target(symbol) }));
  }

  /** Where a symbol is declared in src/: the nodes. Of what comes from elsewhere there are none. */
  declarationsOf(symbol) {
    return symbol.declarations
      .filter(({ path }) => path.startsWith(`${this.#src}/`))
      .map((declaration) => declaration.resolve());
  }

  /** The room of src/ that a symbol is declared in. */
  roomOf(symbol) {
    return symbol.declarations[0]?.path.slice(this.#src.length + 1).split('/')[0];
  }

  /** The docstring of a symbol and its tags: `{ text, tags: [{ name, text }] }`. */
  docOf(symbol) {
    return {
      text: this.#checker.getDocumentationCommentOfSymbol(symbol),
      tags: this.#checker.getJsDocTagsOfSymbol(symbol),
    };
  }

  /** The symbol that a name in a type means. */
  symbolAt(node) {
    const symbol = this.#checker.getSymbolAtLocation(node);
    return symbol && this.#target(symbol);
  }

  /** The symbol of a declaration: a member, a property. */
  symbolOf(declaration) {
    return this.#checker.getSymbolAtLocation(declaration.name ?? declaration);
  }

  /** The type that a name of a type stands for. */
  typeOf(symbol) {
    return this.#checker.getDeclaredTypeOfSymbol(symbol);
  }

  /** The type of a value: a constant, a property. */
  valueTypeOf(symbol) {
    return this.#checker.getTypeOfSymbol(symbol);
  }

  propertiesOf(type) {
    return this.#checker.getPropertiesOfType(type).map((symbol) => ({
      name: symbol.name,
      readonly: (symbol.checkFlags & READONLY) !== 0,
      optional: (symbol.flags & SymbolFlags.Optional) !== 0,
      doc: this.docOf(symbol).text,
      type: this.valueTypeOf(symbol),
    }));
  }

  /** The keys of index signatures, and the types of their values. */
  indexesOf(type) {
    return this.#checker.getIndexInfosOfType(type).map(({ keyType, valueType }) => ({ key: keyType, type: valueType }));
  }

  /** What an array is one of. */
  elementOf(type) {
    return this.#checker.isArrayType(type) ? this.#checker.getTypeArguments(type)[0] : undefined;
  }

  isCallable(type) {
    return this.#checker.getSignaturesOfType(type, SignatureKind.Call).length > 0;
  }

  /** Whether its members are written in src/, not in a library of the language's or another's. */
  isOurs(type) {
    return this.#checker
      .getPropertiesOfType(type)
      .every(({ declarations }) =>
        declarations.every(({ path }) => !/\/node_modules\/(?:@types|typescript)|\/lib\.[\w.]+\.d\.ts$/.test(path)),
      );
  }

  returnTypeOf(declaration) {
    return this.#checker.getReturnTypeOfSignature(this.#checker.getSignatureFromDeclaration(declaration));
  }

  textOf(type) {
    return this.#checker.typeToString(type, undefined, WHOLE);
  }

  #target(symbol) {
    return (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : this.#checker.getAliasedSymbol(symbol);
  }
}
