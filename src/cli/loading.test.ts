import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'

const ROOT = join(import.meta.dirname, '../..')

/** Runs a command line in a new process and returns which packages of node_modules, and which floors, were loaded. */
function loadedBy(args: readonly string[]): ReadonlySet<string> {
  const script = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    const { runCommandLine } = await import('./src/cli/index.ts')
    await runCommandLine(${JSON.stringify(args)})
    process.stdout.write('\\n' + urls.join('\\n'))`
  const urls = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: ROOT,
    input: '{"ip.src":"192.0.2.1"}\n',
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const found = urls.matchAll(/\/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)|\/src\/(\w+)\//g)
  return new Set([...found].map(([, packageName, floor]) => packageName ?? `#${floor}`))
}

test('a short command waits for nothing but its own modules', () => {
  assert.deepEqual([...loadedBy(['version'])].sort(), ['#cli', '#kernel', 'commander'])
})

test('a rule is tested without what reads configurations, stores events or opens sockets', () => {
  const loaded = loadedBy(['rule', 'test', 'ip.src == 192.0.2.1', '--input', '-', '--json'])
  assert.ok(loaded.has('#rules'))
  for (const name of ['zod', 'yaml', '@duckdb/node-api', '#config', '#store', '#net', '#points', '#api']) {
    assert.ok(!loaded.has(name), name)
  }
})
