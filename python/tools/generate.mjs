// Writes the Python SDK's types and methods from the Node API's TypeScript, so that the two can't drift apart:
// `_types.py` (a dataclass per result), `_api.py` and `_aio_api.py` (a method per method of `Memory`), and `src/rpc/methods.ts`.
//
//   node python/tools/generate.mjs [--check]
//
// With --check nothing is written; exit 1 says that what is committed is not what the sources give.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))
const target = new URL('../memvid_sdk/', import.meta.url)
const HEADER = '# Written by python/tools/generate.mjs from the Node API. Do not edit: run it again.\n'

/** Written by hand in `_client.py`: their shape in Python is another than in Node. */
const BY_HAND = new Set(['putMany', 'vectors', 'close'])
/** Callbacks, signals and threads of the Node API, and what they are in Python; null: Python has its own way. */
const CALLBACKS = { onProgress: 'progress', onToken: null, onStep: null, signal: null, blocking: null }
/** Numbers that are not whole, by name. Every other one is an int. */
const FLOATS = /scores?$|score$|threshold|alpha|(latency|duration|timeToFirstToken)Ms$|Usd$|temperature|fraction|share|agreement|recall|^(text|vector|rate|min|max)Score$/i
const KEYWORDS = new Set(['from', 'import', 'in', 'is', 'not', 'or', 'and', 'as', 'for', 'if', 'class', 'def', 'pass', 'with', 'global', 'lambda'])

const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
const program = ts.createProgram([`${root}src/index.ts`], { ...options, noEmit: true })
const checker = program.getTypeChecker()
const index = program.getSourceFile(`${root}src/index.ts`)
const exported = new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(index)).map((symbol) => [symbol.name, symbol]))

const results = new Map()
const inputs = new Map()
const aliases = new Map()

const snake = (name) => {
  const text = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return KEYWORDS.has(text) ? `${text}_` : text
}
const capital = (name) => name[0].toUpperCase() + name.slice(1)
const resolve = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)
const docOf = (symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim()

/** A type as Python writes it. `owner` names what an anonymous type becomes; `role` is `result` or `input`. */
function python(node, owner, field, role, inVector = false) {
  const again = (child) => python(child, owner, field, role)
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return 'str'
    case ts.SyntaxKind.NumberKeyword:
      return FLOATS.test(field) || FLOATS.test(owner) || inVector ? 'float' : 'int'
    case ts.SyntaxKind.BooleanKeyword:
      return 'bool'
    case ts.SyntaxKind.ParenthesizedType:
      return again(node.type)
    case ts.SyntaxKind.ArrayType:
      return `list[${python(node.elementType, owner, field, role, /^vectors?$/.test(field))}]`
    case ts.SyntaxKind.TypeLiteral:
      return shape(owner + capital(field), checker.getTypeAtLocation(node), role)
    case ts.SyntaxKind.LiteralType:
      if (node.literal.kind === ts.SyntaxKind.NullKeyword) return 'None'
      if (node.literal.kind === ts.SyntaxKind.TrueKeyword) return 'Literal[True]'
      return `Literal[${JSON.stringify(node.literal.text).replace(/^"|"$/g, "'")}]`
    case ts.SyntaxKind.UnionType:
      return union(node.types.map(again))
    case ts.SyntaxKind.TypeOperator:
      return again(node.type)
    case ts.SyntaxKind.TypeReference:
      return reference(node, owner, field, role)
    default:
      return 'Any'
  }
}

function union(parts) {
  const members = [...new Set(parts)]
  if (members.includes('Any')) return 'Any'
  const literals = members.filter((part) => part.startsWith('Literal[') && part !== 'Literal[True]')
  const others = members.filter((part) => !literals.includes(part))
  const literal = literals.length > 0 ? [`Literal[${literals.map((part) => part.slice(8, -1)).join(', ')}]`] : []
  const none = others.includes('None') ? ['None'] : []
  return [...literal, ...others.filter((part) => part !== 'None'), ...none].join(' | ')
}

const KNOWN = {
  Date: 'Moment',
  Moment: 'Moment',
  // Not `bytes`: a field of that name would hide it.
  Buffer: 'Bytes',
  Uint8Array: 'Bytes',
  Error: 'dict[str, Any]',
  Float32Array: 'Vector',
  Float64Array: 'Vector',
  AbortSignal: 'Any',
}

function reference(node, owner, field, role) {
  const name = (ts.isQualifiedName(node.typeName) ? node.typeName.right : node.typeName).text
  const given = node.typeArguments ?? []
  const argument = (index) => python(given[index], owner, field, role)
  if (name in KNOWN) return KNOWN[name]
  if (name === 'Partial') return python(given[0], owner, field, role)
  if (name === 'Record' || name === 'ReadonlyMap') return `dict[str, ${argument(1)}]`
  if (name === 'Array' || name === 'ReadonlyArray' || name === 'Iterable' || name === 'AsyncIterable') return `list[${argument(0)}]`
  if (name === 'Pick' || name === 'Omit') return shape(owner + capital(field), checker.getTypeAtLocation(node), role)
  const symbol = resolve(checker.getSymbolAtLocation(node.typeName))
  const declaration = symbol.declarations?.[0]
  if (declaration && ts.isInterfaceDeclaration(declaration)) return shape(name, checker.getDeclaredTypeOfSymbol(symbol), role)
  if (declaration && ts.isTypeAliasDeclaration(declaration)) {
    if (ts.isTypeLiteralNode(declaration.type) || ts.isIntersectionTypeNode(declaration.type)) {
      return shape(name, checker.getDeclaredTypeOfSymbol(symbol), role)
    }
    // Noted after what it depends on, which then stands before it in the file.
    if (!aliases.has(name)) aliases.set(name, { doc: docOf(symbol), text: aliasText(symbol, declaration, name, field, role) })
    return name
  }
  return 'Any'
}

/** An alias of texts is spelled out, however it was put together. */
function aliasText(symbol, declaration, name, field, role) {
  const type = checker.getDeclaredTypeOfSymbol(symbol)
  const members = type.isUnion() ? type.types : [type]
  if (members.every((member) => member.isStringLiteral())) return `Literal[${members.map((member) => `'${member.value}'`).join(', ')}]`
  return python(declaration.type, name, field, role)
}

/** Notes a type with fields, and returns its name. */
function shape(name, type, role) {
  const store = role === 'result' ? results : inputs
  if (store.has(name)) return name
  const entry = { doc: type.symbol ? docOf(type.symbol) : '', fields: [] }
  store.set(name, entry)
  for (const property of checker.getPropertiesOfType(type)) {
    const declaration = property.declarations?.[0]
    if (!declaration?.type || property.name in CALLBACKS) continue
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0
    const text = python(declaration.type, name, property.name, role)
    entry.fields.push({ wire: property.name, name: snake(property.name), text, optional, doc: docOf(property) })
  }
  // A type that names itself is used before it is complete; what it depends on stands before it in the file.
  store.delete(name)
  store.set(name, entry)
  return name
}

function docstring(text, indent) {
  if (!text) return ''
  const lines = text.replace(/\\/g, '\\\\').split('\n')
  const body = lines.map((line, i) => (i === 0 || line === '' ? line : indent + line)).join('\n')
  return `${indent}"""${body}${lines.length > 1 ? `\n${indent}` : ''}"""\n`
}

function comment(text, indent) {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `${indent}#: ${line}\n`)
    .join('')
}

const withNone = (text) => (/(^|\| )None$|^Any$/.test(text) ? text : `${text} | None`)

function dataclass(name, { doc, fields }) {
  const ordered = [...fields.filter((f) => !f.optional), ...fields.filter((f) => f.optional)]
  const lines = ordered.map((f) => `${comment(f.doc, '    ')}    ${f.name}: ${f.optional ? `${withNone(f.text)} = None` : f.text}\n`)
  return `@dataclass(frozen=True)\nclass ${name}(Record):\n${docstring(doc || `Part of a result: ${name}.`, '    ')}\n${lines.join('')}`
}

function typedDict(name, { doc, fields }) {
  const lines = fields.map((f) => `${comment(f.doc, '    ')}    ${f.name}: ${f.text}\n`)
  return `class ${name}(TypedDict, total=False):\n${docstring(doc || `Input: ${name}.`, '    ')}\n${lines.join('')}`
}

/** The methods of `Memory`, with what each takes and gives. */
function readMethods() {
  const declaration = resolve(exported.get('Memory')).declarations[0]
  return declaration.members.filter((member) => ts.isMethodDeclaration(member) && ts.isIdentifier(member.name)).map(readMethod)
}

function readMethod(member) {
  const name = member.name.text
  const required = []
  const keywords = []
  let [progress, token, signal] = [false, false, false]
  for (const parameter of member.parameters) {
    const param = parameter.name.text
    const type = checker.getTypeAtLocation(parameter)
    const optional = parameter.initializer !== undefined || parameter.questionToken !== undefined
    const isShape = ts.isTypeReferenceNode(parameter.type) && type.isClassOrInterface()
    if (!isShape) {
      const text = python(parameter.type, capital(name), param, 'input')
      required.push({ param, name: snake(param), text: optional ? withNone(text) : text, optional })
      continue
    }
    for (const property of checker.getPropertiesOfType(type)) {
      progress ||= property.name === 'onProgress'
      token ||= property.name === 'onToken'
      signal ||= property.name === 'signal'
      const typeNode = property.declarations?.[0]?.type
      if (property.name in CALLBACKS || !typeNode) continue
      const must = !optional && (property.flags & ts.SymbolFlags.Optional) === 0
      const text = python(typeNode, capital(name), property.name, 'input')
      keywords.push({ param, wire: property.name, name: snake(property.name), text, must, doc: docOf(property) })
    }
  }
  const promise = member.type.typeArguments?.[0]
  const result = !promise || promise.kind === ts.SyntaxKind.VoidKeyword ? 'None' : python(promise, capital(name), 'result', 'result')
  const params = member.parameters.map((parameter) => parameter.name.text)
  const doc = docOf(checker.getSymbolAtLocation(member.name))
  return { name, python: snake(name), doc, params, required, keywords, progress, token, signal, result }
}

/** Result types stand in another module than the methods. */
function qualified(text) {
  return text.replace(/\b([A-Z][A-Za-z]+)\b/g, (word) => (results.has(word) || inputs.has(word) || aliases.has(word) ? `T.${word}` : word))
}

function method(m, isAsync) {
  const [define, call] = isAsync ? ['async def', 'await self._call'] : ['def', 'self._call']
  const params = ['self', ...m.required.map((p) => `${p.name}: ${qualified(p.text)}${p.optional ? ' = None' : ''}`)]
  const sorted = [...m.keywords.filter((k) => k.must), ...m.keywords.filter((k) => !k.must)]
  if (sorted.length > 0 || m.progress) params.push('*')
  params.push(...sorted.map((k) => `${k.name}: ${qualified(k.must ? k.text : withNone(k.text))}${k.must ? '' : ' = None'}`))
  if (m.progress) params.push('progress: Progress = None')
  const groups = new Map(m.required.map((p) => [p.param, p.name]))
  for (const { param, wire, name } of m.keywords) {
    const text = groups.get(param)
    groups.set(param, Array.isArray(text) ? [...text, [wire, name]] : [[wire, name]])
  }
  const entries = [...groups].map(([param, value]) => {
    const text = Array.isArray(value) ? `options(${value.map(([wire, name]) => `${wire}=${name}`).join(', ')})` : value
    return `'${param}': ${text}`
  })
  const notes = m.keywords.filter((k) => k.doc).map((k) => `    ${k.name}: ${k.doc.replace(/\n/g, ' ')}`)
  const doc = notes.length > 0 ? `${m.doc}\n\nArgs:\n${notes.join('\n')}` : m.doc
  const more = m.progress ? ', progress=progress' : ''
  const returns = qualified(m.result)
  const value = `${call}('${m.name}', {${entries.join(', ')}}, ${m.result === 'None' ? 'None' : returns}${more})`
  // The annotation is what mypy checks: `_call` gives what its third argument says, which no signature can express for unions.
  const body = m.result === 'None' ? `        ${value}\n` : `        result: ${returns} = ${value}\n        return result\n`
  const answer = m.result === 'None' ? 'None' : returns
  return `    ${define} ${m.python}(\n        ${params.join(',\n        ')},\n    ) -> ${answer}:\n${docstring(doc, '        ')}${body}`
}

function apiFile(methods, isAsync) {
  const name = isAsync ? 'AsyncMemoryApi' : 'MemoryApi'
  const base = isAsync ? 'AsyncClient' : 'Client'
  const text = methods.map((m) => method(m, isAsync)).join('\n')
  return `${HEADER}"""Every method of the Node API's Memory${isAsync ? ', to be awaited' : ''}."""
from __future__ import annotations

from typing import Any, Literal

from . import _types as T
from .${isAsync ? '_async_client' : '_client'} import ${base}, Progress, options
from ._wire import Bytes, Moment, Vector


class ${name}(${base}):
    """The methods of a memory; see Memory${isAsync ? ' in memvid_sdk.aio' : ''}."""

${text}`
}

function typesFile() {
  const alias = [...aliases].map(([name, { doc, text }]) => `${comment(doc, '')}${name} = ${text}\n`)
  const shown = [...inputs].filter(([name]) => !results.has(name))
  return `${HEADER}"""What the methods take and give. Times are milliseconds since 1970 (UTC)."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from ._wire import Bytes, Moment, Record, Vector

${alias.join('')}

${[...shown.map(([name, entry]) => typedDict(name, entry)), ...[...results].map(([name, entry]) => dataclass(name, entry))].join('\n\n')}`
}

function rpcFile(methods) {
  const flags = (m) => ['progress', 'token', 'signal'].filter((flag) => m[flag]).map((flag) => `, ${flag}: true`)
  const rows = methods.map((m) => `  ${m.name}: { params: [${m.params.map((name) => `'${name}'`).join(', ')}]${flags(m).join('')} },`)
  return `// Written by python/tools/generate.mjs from the Node API. Do not edit: run it again.
import type { MethodShape } from './method-shape.js'

/** What can be called: each method of the Node API's \`Memory\` with its parameters by name. */
export const METHODS: Readonly<Record<string, MethodShape>> = {
${rows.join('\n')}
}
`
}

const everyMethod = readMethods()
// In Python its numbers are arrays; `vectors.py` has it.
results.delete('VectorView')
const methods = everyMethod.filter(({ name }) => !BY_HAND.has(name))
for (const name of ['PutManyResult', 'Stats', 'ModelListing', 'InstalledModel', 'Grounding', 'SalvageReport']) {
  if (exported.has(name)) shape(name, checker.getDeclaredTypeOfSymbol(resolve(exported.get(name))), 'result')
}
shape('PutItem', checker.getDeclaredTypeOfSymbol(resolve(exported.get('PutItem'))), 'input')
const files = { '_types.py': typesFile(), '_api.py': apiFile(methods, false), '_aio_api.py': apiFile(methods, true), '../../src/rpc/methods.ts': rpcFile(everyMethod) }
let stale = false
for (const [name, text] of Object.entries(files)) {
  const path = fileURLToPath(new URL(name, target))
  if (process.argv.includes('--check')) {
    let committed = ''
    try {
      committed = readFileSync(path, 'utf8')
    } catch {}
    if (committed === text) continue
    stale = true
    process.stderr.write(`${name} is not what the Node API gives: run \`node python/tools/generate.mjs\`\n`)
  } else writeFileSync(path, text)
}
process.exitCode = stale ? 1 : 0
