// The compiler's view of src/, through the unstable API of TypeScript 7, which has no stable one yet
// (https://github.com/microsoft/typescript-go).
import { join } from 'node:path';
import { API, NodeBuilderFlags, SignatureKind, SymbolFlags } from 'typescript/unstable/sync';

/** Formats types completely, with aliases from other files. */
const WHOLE =
  NodeBuilderFlags.NoTruncation |
  NodeBuilderFlags.UseAliasDefinedOutsideCurrentScope |
  NodeBuilderFlags.UseSingleQuotesForStringLiteralType;

/** CheckFlags.Readonly, which the API does not export: for properties of computed types. */
const READONLY = 1 << 3;

/** Calls `use` with a {@link Program}. The compiler runs in another process until it returns. */
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

  /** The exports of an entry: names and symbols. */
  exportsOf(room) {
    const module = this.#checker.getSymbolAtLocation(this.fileOf(room));
    return this.#checker
      .getExportsOfModule(module)
      .map((symbol) => ({ name: symbol.name, symbol: this.#target(symbol) }));
  }

  /** The nodes that declare a symbol in src/; none for a symbol from a package. */
  declarationsOf(symbol) {
    return symbol.declarations
      .filter(({ path }) => path.startsWith(`${this.#src}/`))
      .map((declaration) => declaration.resolve());
  }

  /** The folder of src/ that declares a symbol. */
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

  /** The symbol of a name in a type. */
  symbolAt(node) {
    const symbol = this.#checker.getSymbolAtLocation(node);
    return symbol && this.#target(symbol);
  }

  /** The symbol of a declaration, such as a member or a property. */
  symbolOf(declaration) {
    return this.#checker.getSymbolAtLocation(declaration.name ?? declaration);
  }

  /** The type of a type's name. */
  typeOf(symbol) {
    return this.#checker.getDeclaredTypeOfSymbol(symbol);
  }

  /** The type of a value, such as a constant or a property. */
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

  /** The element type of an array; undefined for other types. */
  elementOf(type) {
    return this.#checker.isArrayType(type) ? this.#checker.getTypeArguments(type)[0] : undefined;
  }

  isCallable(type) {
    return this.#checker.getSignaturesOfType(type, SignatureKind.Call).length > 0;
  }

  /** True if src/ declares the members of a type, not a package or the standard library. */
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
