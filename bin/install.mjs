import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrapFault } from './fault.mjs'

const HEARTBEAT_MS = 5000
/** What npm says is kept up to this length, from its end. */
const OUTPUT_CHARACTERS = 4000

/** Installs the dependencies of `root` unless what the lock file names is there already. */
export async function installIfMissing(root, development) {
  // Without a lock file Tidegate was installed as a package: npm has done this already.
  if (!existsSync(join(root, 'package-lock.json')) || isInstalled(root, development)) return
  // Not `npm ci`: it empties a folder that a running Tidegate may use, and it refuses a lock file that lacks optional
  // packages of other platforms. Both take exactly the versions of the lock file.
  const args = ['install', '--no-save', '--include=optional', development ? '--include=dev' : '--omit=dev']
  process.stderr.write(`tidegate: installing dependencies (once, about ${development ? 450 : 330} MB)\n`)
  const failure = await runNpm(root, [...args, '--no-audit', '--no-fund'])
  if (failure.reason === '') {
    if (isInstalled(root, development)) return
    failure.reason = '`npm install` ended, but packages are still missing'
  }
  throw bootstrapFault(
    `could not install the dependencies: ${failure.reason}\n${failure.output.replace(/^/gm, '  | ')}\n` +
      '  Check that this machine reaches the npm registry (`npm config set proxy URL` sets a proxy) and that\n' +
      `  ${root} can be written, then start again.`,
  )
}

/**
 * Compares package-lock.json with the list that npm leaves in node_modules at the end of an installation.
 * Optional packages may be absent: npm skips those of other platforms.
 */
function isInstalled(root, development) {
  const installedList = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedList)) return false
  const wanted = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(installedList)
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const present = installed[path]
    if (present !== undefined) return present.version === entry.version && present.integrity === entry.integrity
    return entry.optional === true || entry.devOptional === true || (entry.dev === true && !development)
  })
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  } catch (error) {
    throw bootstrapFault(`${file} cannot be read (${error.message}). Restore it, for example with \`git checkout\`.`)
  }
}

/** Runs npm and says on standard error that it goes on. Resolves with why it failed (or '') and the end of what it said. */
function runNpm(root, args) {
  // The npm that runs us knows its own path; a PATH may hold another one, or none.
  const script = process.env.npm_execpath
  const viaScript = script !== undefined && script.endsWith('.js')
  const [command, commandArgs] = viaScript ? [process.execPath, [script, ...args]] : ['npm', args]
  return new Promise((resolve) => {
    const startedAt = Date.now()
    const child = spawn(command, commandArgs, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: !viaScript && process.platform === 'win32',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-OUTPUT_CHARACTERS)
      })
    }
    const heartbeat = setInterval(() => {
      const seconds = Math.round((Date.now() - startedAt) / 1000)
      process.stderr.write(`tidegate: npm ${args[0]} goes on (${seconds} s)\n`)
    }, HEARTBEAT_MS)
    const finish = (reason) => {
      clearInterval(heartbeat)
      resolve({ reason, output: output.trimEnd() })
    }
    child.on('error', (error) => finish(`npm cannot be started (${error.message})`))
    child.on('close', (code, signal) =>
      finish(code === 0 ? '' : `\`npm ${args[0]}\` failed with ${signal ?? `exit code ${code}`}`),
    )
  })
}
