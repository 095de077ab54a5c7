import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Dice } from '../dice.ts'

/** A text of this machine and the file it was taken from. */
export interface MachineText {
  readonly text: string
  /** `paragraph` of a document, `code` of a program, `json` of a package, `html` of a page. */
  readonly kind: 'paragraph' | 'code' | 'json' | 'html'
  /** File and line. */
  readonly origin: string
}

interface TextSource {
  readonly kind: MachineText['kind']
  readonly folders: readonly string[]
  readonly files: RegExp
}

/** What Debian and npm install: documents, help texts, translated manuals, programs, pages and JSON. */
const SOURCES: readonly TextSource[] = [
  {
    kind: 'paragraph',
    folders: ['/usr/share/doc', '/usr/share/common-licenses'],
    files: /(?:README|NEWS|changelog|FAQ|HOWTO|copyright|TODO)[\w.-]*$|\.(?:txt|md|rst)(?:\.gz)?$/,
  },
  { kind: 'paragraph', folders: ['/usr/share/man'], files: /\.[1-8](?:\.gz)?$/ },
  { kind: 'paragraph', folders: ['node_modules'], files: /(?:README|CHANGELOG)\.md$/ },
  {
    kind: 'code',
    folders: [
      '/usr/lib/python3',
      '/usr/share/perl',
      '/usr/share/perl5',
      '/usr/share/doc',
      '/usr/lib/git-core',
      '/usr/bin',
      '/etc',
    ],
    files: /\.(?:py|pl|pm|sh|c|js|conf)$|\/(?:git-[a-z-]+|[a-z]+grep|[a-z]+diff)$/,
  },
  { kind: 'code', folders: ['node_modules'], files: /\.(?:js|mjs|cjs|ts|css|yml|sql)$/ },
  { kind: 'html', folders: ['/usr/share'], files: /\.html?$/ },
  { kind: 'json', folders: ['node_modules', '/usr/share', '/usr/lib'], files: /\.json$/ },
]

/** Files that are looked at of one source, and bytes of each. */
const FILES_OF_SOURCE = 4_000
const FILE_BYTES = 256 * 1024
const DEPTH = 8
const JSON_BYTES = 20_000

/** Gathers texts from the files of this machine, `count` of them in a repeatable choice; none where there are no such files. */
export function machineTexts(dice: Dice, count: number): readonly MachineText[] {
  const sources = SOURCES.map((source) => ({
    source,
    files: source.folders.flatMap((folder) => filesBelow(folder, source.files)),
  }))
  const present = sources.filter(({ files }) => files.length > 0)
  const texts: MachineText[] = []
  if (present.length === 0) return texts
  for (let tries = 0; texts.length < count && tries < count * 4; tries++) {
    const { source, files } = present[tries % present.length]
    const text = textOf(dice, source.kind, dice.pick(files))
    if (text !== undefined) texts.push(text)
  }
  return texts
}

function filesBelow(root: string, wanted: RegExp): readonly string[] {
  const files: string[] = []
  const visit = (folder: string, depth: number): void => {
    for (const entry of entriesOf(folder)) {
      if (files.length >= FILES_OF_SOURCE) return
      const file = path.join(folder, entry.name)
      if (entry.isDirectory() && depth < DEPTH) visit(file, depth + 1)
      else if (entry.isFile() && wanted.test(file)) files.push(file)
    }
  }
  visit(root, 0)
  return files
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((left, right) => (left.name < right.name ? -1 : 1))
  } catch {
    // A folder that is not there, or that we may not read, has no texts for us.
    return []
  }
}

function textOf(dice: Dice, kind: MachineText['kind'], file: string): MachineText | undefined {
  const content = contentOf(file)
  if (content === undefined) return undefined
  if (kind === 'json') return subtreeOf(dice, content, file)
  const lines = content.split('\n')
  const start = dice.integer(0, Math.max(0, lines.length - 1))
  const wanted = kind === 'paragraph' ? paragraphAt(lines, start) : lines.slice(start, start + dice.integer(1, 25))
  const text = wanted.join('\n').trim().slice(0, 4_000)
  return text.length < 8 ? undefined : { text, kind, origin: `${file}:${start + 1}` }
}

/** A piece of a JSON document that is a document itself: some services get whole ones, most get parts. */
function subtreeOf(dice: Dice, content: string, file: string): MachineText | undefined {
  let value = jsonOf(content)
  let pointer = ''
  for (let depth = dice.integer(0, 4); depth > 0; depth--) {
    const below: readonly (readonly [string, unknown])[] =
      typeof value === 'object' && value !== null ? Object.entries(value) : []
    const objects = below.filter(([, child]) => typeof child === 'object' && child !== null)
    if (objects.length === 0) break
    const [key, child] = dice.pick(objects)
    value = child
    pointer += `/${key}`
  }
  const text = JSON.stringify(value) ?? ''
  return text.length < 8 || text.length > JSON_BYTES ? undefined : { text, kind: 'json', origin: `${file}#${pointer}` }
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    // Configuration files with comments are no JSON for a service.
    return undefined
  }
}

function paragraphAt(lines: readonly string[], start: number): readonly string[] {
  let first = start
  while (first > 0 && lines[first - 1].trim() !== '' && start - first < 12) first--
  let end = start
  while (end < lines.length && lines[end].trim() !== '' && end - start < 12) end++
  return lines.slice(first, end)
}

/** The text of a file, or undefined when it is none, or too large. */
function contentOf(file: string): string | undefined {
  try {
    if (statSync(file).size > FILE_BYTES) return undefined
    const bytes = readFileSync(file)
    const plain = file.endsWith('.gz') ? gunzipSync(bytes, { maxOutputLength: 4 * FILE_BYTES }) : bytes
    const text = plain.toString('utf8')
    return text.includes('\0') || text.includes('\ufffd') ? undefined : text
  } catch {
    return undefined
  }
}
