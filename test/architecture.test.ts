import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { sourceFiles } from './source-files.ts'

/** The floors in the order of ARCHITECTURE.md: a file imports its own floor or floors earlier in this list, never later ones. */
const FLOORS = [
  'kernel',
  'wire',
  'fields',
  'rules',
  'detect',
  'decide',
  'act',
  'events',
  'store',
  'net',
  'config',
  'points',
  'workbench',
  'api',
  'cli',
] as const

/** Modules that open sockets or processes. Only the floor `net` may use them as values. */
const SOCKET_MODULES = new Set([
  'node:net',
  'node:tls',
  'node:http',
  'node:https',
  'node:http2',
  'node:dgram',
  'node:dns',
  'node:dns/promises',
  'node:child_process',
])

const REFUSED_FILE_NAMES = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'misc',
  'shared',
  'types',
  'constants',
])
const REFUSED_DECLARATION = /\b(?:class|interface|type) (?:\w+(?:Manager|Impl)|I[A-Z][a-z]\w*)\b/
const LINE_LIMIT = 400

/** Test-support and test files may use real sockets and processes: they are clients and servers of what they test. */
const isTest = (file: string): boolean =>
  file.endsWith('.test.ts') || file.includes('/testing/') || file.startsWith('test/')

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
  readonly line: number
}

const IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)|new URL\('(\.[^']+\.ts)', import\.meta\.url\)/gm

function importsOf(text: string): Import[] {
  const imports: Import[] = []
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[2] ?? match[3] ?? match[4]
    const clause = match[0]
    // `import { type A, type B } from` is as good as `import type`.
    const names = /\{([^}]*)\}/.exec(clause)?.[1]
    const everyNameIsType =
      names !== undefined && names.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
    imports.push({
      specifier,
      typeOnly: match[1] !== undefined || everyNameIsType,
      line: text.slice(0, match.index).split('\n').length,
    })
  }
  return imports
}

/** The floor of a path below `src/`, or undefined for the entry files beside the floors. */
function floorOf(file: string): string | undefined {
  const [root, floor] = file.split('/')
  return root === 'src' ? floor : undefined
}

/** Each point is a house of its own: the folder below `points/`. */
function pointOf(file: string): string | undefined {
  const parts = file.split('/')
  return parts[1] === 'points' && parts.length > 3 ? parts[2] : undefined
}

/** Another floor is reached through its door. Only tests reach further: into the test support of an earlier floor. */
function faultOfRelativeImport(file: string, entry: Import): string | undefined {
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), entry.specifier))
  const floor = floorOf(file)
  const targetFloor = floorOf(target)
  if (floor === undefined || targetFloor === undefined) {
    return floor === undefined ? undefined : `reaches outside src: ${entry.specifier}`
  }
  if (floor !== targetFloor) {
    if (isTest(file) && target.includes('/testing/'))
      return faultOfDoorImport(file, { ...entry, specifier: `#${targetFloor}` })
    return `imports ${entry.specifier}: import '#${targetFloor}' instead`
  }
  const point = pointOf(file)
  const targetPoint = pointOf(target)
  if (point !== undefined && targetPoint !== undefined && point !== targetPoint) {
    return `point ${point} imports point ${targetPoint}: points never import each other`
  }
  return undefined
}

function faultOfDoorImport(file: string, entry: Import): string | undefined {
  const floor = floorOf(file)
  if (floor === undefined) return undefined
  // A floor may have side doors, such as `#detect/captures`, for those who need a part of it only.
  const [target] = entry.specifier.slice(1).split('/')
  const rank = FLOORS.findIndex((name) => name === floor)
  const targetRank = FLOORS.findIndex((name) => name === target)
  if (targetRank < 0) return `imports unknown door ${entry.specifier}: the doors are ${FLOORS.join(', ')}`
  if (targetRank === rank) return `imports its own door ${entry.specifier}: use a relative path`
  if (targetRank > rank) {
    return `imports ${entry.specifier}, a later floor: only ${FLOORS.slice(0, rank).join(', ')} may be imported here`
  }
  return undefined
}

function faultOf(file: string, entry: Import): string | undefined {
  if (entry.specifier.startsWith('.')) return faultOfRelativeImport(file, entry)
  if (entry.specifier.startsWith('#')) return faultOfDoorImport(file, entry)
  if (SOCKET_MODULES.has(entry.specifier) && !entry.typeOnly && floorOf(file) !== 'net' && !isTest(file)) {
    return `imports ${entry.specifier}: sockets and processes live in src/net only; import '#net' instead`
  }
  return undefined
}

const FILES = sourceFiles(['src', 'test', 'bench', 'bin'])

test('every import goes down the house, and through a door', () => {
  const faults: string[] = []
  for (const file of FILES.filter((name) => name.startsWith('src/'))) {
    for (const entry of importsOf(readFileSync(file, 'utf8'))) {
      const fault = faultOf(file, entry)
      if (fault !== undefined) faults.push(`${file}:${entry.line}: ${fault}`)
    }
  }
  assert.deepEqual(faults, [])
})

test('every folder of src is a floor with a door that package.json names', () => {
  const { imports } = JSON.parse(readFileSync('package.json', 'utf8')) as { imports: Record<string, string> }
  const floors = [...new Set(FILES.map(floorOf).filter((floor) => floor !== undefined))].sort()
  assert.deepEqual(
    floors.filter((floor) => !FLOORS.some((name) => name === floor)),
    [],
  )
  for (const floor of floors) assert.equal(imports[`#${floor}`], `./src/${floor}/index.ts`)
  assert.deepEqual(
    Object.keys(imports)
      .filter((door) => !door.includes('/'))
      .sort(),
    floors.map((floor) => `#${floor}`),
  )
  for (const [door, file] of Object.entries(imports).filter(([name]) => name.includes('/'))) {
    assert.equal(file, `./src/${door.slice(1)}.ts`)
    assert.ok(FILES.includes(file.slice(2)), `${door} leads nowhere`)
  }
})

test('names say what a file holds', () => {
  const faults: string[] = []
  for (const file of FILES) {
    const name = path.posix.basename(file).replace(/(?:\.test)?\.(?:ts|mjs)$/, '')
    if (REFUSED_FILE_NAMES.has(name)) faults.push(`${file}: name the file after what it holds`)
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) faults.push(`${file}: file names are kebab-case`)
    const declaration = REFUSED_DECLARATION.exec(readFileSync(file, 'utf8'))
    if (declaration !== null) faults.push(`${file}: ${declaration[0]}: name the thing, not its role`)
  }
  assert.deepEqual(faults, [])
})

test(`no file is longer than ${LINE_LIMIT} lines`, () => {
  const faults = FILES.map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > LINE_LIMIT)
    .map(({ file, lines }) => `${file}: ${lines} lines; one idea a file`)
  assert.deepEqual(faults, [])
})

test('the checks themselves find what they are for', () => {
  const cases: readonly [file: string, text: string, fault: RegExp | undefined][] = [
    ['src/wire/a.ts', "import { x } from '#kernel'", undefined],
    ['src/wire/a.ts', "import { x } from '#rules'", /later floor/],
    ['src/wire/a.ts', "import { x } from '../kernel/clock.ts'", /import '#kernel' instead/],
    ['src/wire/a.ts', "import net from 'node:net'", /src\/net only/],
    ['src/wire/a.ts', "import type { Socket } from 'node:net'", undefined],
    ['src/wire/a.ts', "import { type Socket } from 'node:net'", undefined],
    ['src/net/a.ts', "import net from 'node:net'", undefined],
    ['src/points/dns/a.ts', "import { x } from '../http-edge/b.ts'", /never import each other/],
    ['src/points/dns/a.ts', "import {\n  x,\n  y,\n} from '#cli'", /later floor/],
    ['src/api/a.ts', "const x = await import('#cli')", /later floor/],
  ]
  for (const [file, text, fault] of cases) {
    const [entry] = importsOf(text)
    const found = faultOf(file, entry)
    if (fault === undefined) assert.equal(found, undefined, text)
    else assert.match(found ?? 'no fault', fault, text)
  }
})
