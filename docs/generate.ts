import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { referencePages } from './reference-pages.ts'

/** Writes every generated reference page anew. A test compares them with what this would write. */
for (const [file, text] of referencePages()) {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  process.stderr.write(`wrote ${file}\n`)
}
