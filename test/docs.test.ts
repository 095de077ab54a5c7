import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { skipWithout } from './debian-tools.ts'

/**
 * Runs what the documentation shows. In a fenced block marked `console`, a line that starts with `$ ` is a command and
 * the lines below it are what it must print; `...` stands for any text, on a line or as whole lines. A block marked `yaml`
 * whose first line is `# FILE` is written to that file first. One document is one shell session in one empty folder.
 */
interface Step {
  readonly command: string
  readonly expected: string
  readonly line: number
}

type Part = { readonly kind: 'file'; readonly name: string; readonly text: string } | ({ readonly kind: 'step' } & Step)

function partsOf(markdown: string): Part[] {
  const parts: Part[] = []
  for (const match of markdown.matchAll(/^```(console|yaml)\n([\s\S]*?)^```$/gm)) {
    const firstLine = markdown.slice(0, match.index).split('\n').length + 1
    const lines = match[2].split('\n').slice(0, -1)
    if (match[1] === 'yaml') {
      const name = /^# (\S+\.ya?ml)$/.exec(lines[0])?.[1]
      if (name !== undefined) parts.push({ kind: 'file', name, text: `${lines.join('\n')}\n` })
      continue
    }
    for (const [i, line] of lines.entries()) {
      const last = parts.at(-1)
      if (line.startsWith('$ ')) parts.push({ kind: 'step', command: line.slice(2), expected: '', line: firstLine + i })
      else if (last?.kind === 'step') parts[parts.length - 1] = { ...last, expected: `${last.expected}${line}\n` }
    }
  }
  return parts
}

/** `...` matches anything; all else matches itself; trailing white space does not count. */
function patternOf(expected: string): RegExp {
  const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const lines = expected
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.trim() === '...' ? '[\\s\\S]*?' : line.trimEnd().split('...').map(literal).join('[^\\n]*?') + '[ \\t]*',
    )
  return new RegExp(`^${lines.join('\\n')}\\s*$`)
}

const MARK = 'END-OF-STEP-7f3a'

/** Runs the parts in one shell and returns what each step printed. */
function runSession(folder: string, parts: readonly Part[]): Promise<string[]> {
  const bin = path.join(folder, '.bin')
  mkdirSync(bin)
  writeFileSync(
    path.join(bin, 'tidegate'),
    `#!/bin/sh\nexec "${process.execPath}" "${path.resolve('bin/tidegate.mjs')}" "$@"\n`,
  )
  chmodSync(path.join(bin, 'tidegate'), 0o755)
  const script = parts
    .map((part) =>
      part.kind === 'file'
        ? `mkdir -p "$(dirname '${part.name}')"; cat > '${part.name}' <<'END-OF-FILE'\n${part.text}END-OF-FILE`
        : `${part.command}\nprintf '\\n${MARK}\\n'`,
    )
    .join('\n')
  return new Promise((resolve, reject) => {
    const shell = spawn('bash', ['-s'], {
      cwd: folder,
      env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
      detached: true,
    })
    let output = ''
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    shell.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    const timer = setTimeout(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'), 120_000)
    shell.on('error', reject).on('exit', () => {
      clearTimeout(timer)
      try {
        // What the document left running in the background belongs to the shell's group.
        process.kill(-(shell.pid ?? 0), 'SIGKILL')
      } catch {
        // Nothing was left.
      }
      resolve(output.split(`\n${MARK}\n`))
    })
    shell.stdin.end(script)
  })
}

function portInUse(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** Waits a moment for what an earlier document ran. */
async function becomesFree(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (!(await portInUse(port))) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

const DOCUMENTS = ['README.md', ...['tutorial', 'how-to', 'reference'].flatMap(markdownIn)]

function markdownIn(folder: string): string[] {
  return readdirSync(path.join('docs', folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', folder, name))
}

for (const document of DOCUMENTS) {
  const parts = partsOf(readFileSync(document, 'utf8'))
  const steps = parts.filter((part) => part.kind === 'step')
  if (steps.length === 0) continue
  test(`${document} shows what really happens`, { skip: skipWithout('curl') }, async (t) => {
    for (const port of [8080, 9090, 9000]) if (!(await becomesFree(port))) return t.skip(`port ${port} is in use`)
    const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-docs-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const outputs = await runSession(folder, parts)
    for (const [i, step] of steps.entries()) {
      assert.match(
        `${outputs[i] ?? 'nothing'}\n`,
        patternOf(step.expected),
        `${document}:${step.line}: $ ${step.command}`,
      )
    }
  })
}

const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g

/** What stands in code is shown as it is: it links to nothing. */
function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/(`+)[^`][\s\S]*?\1/g, '')
}

test('every link between documents leads somewhere', () => {
  const missing: string[] = []
  for (const document of [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    ...DOCUMENTS.slice(1),
    ...markdownIn('decisions'),
  ]) {
    for (const [, target] of withoutCode(readFileSync(document, 'utf8')).matchAll(LINK)) {
      const file = path.join(path.dirname(document), target)
      try {
        readFileSync(file)
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EISDIR') missing.push(`${document}: ${target}`)
      }
    }
  }
  assert.deepEqual(missing, [])
})
