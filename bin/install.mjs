import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrapFault } from './fault.mjs'

const HEARTBEAT_MS = 10_000

/** Installs the dependencies of `root` unless what the lock file names is there already. */
export async function installIfMissing(root, development) {
  // Without a lock file Tidegate was installed as a package: npm has done this already.
  if (!existsSync(join(root, 'package-lock.json')) || isInstalled(root, development)) return
  // `npm ci` starts from an empty folder; where one is in use by a running Tidegate, only what is missing is added.
  const attempts = existsSync(join(root, 'node_modules'))
    ? [['install', '--no-save']]
    : [['ci'], ['install', '--no-save']]
  process.stderr.write('tidegate: installing dependencies (once, about 450 MB)\n')
  let failure = ''
  for (const attempt of attempts) {
    failure = await runNpm(root, [...attempt, '--include=dev', '--include=optional', '--no-audit', '--no-fund'])
    if (failure === '') {
      if (isInstalled(root, development)) return
      failure = `\`npm ${attempt[0]}\` ended, but packages are still missing`
    }
    process.stderr.write(`tidegate: ${failure}\n`)
  }
  throw bootstrapFault(
    `could not install the dependencies: ${failure}.\n` +
      '  The messages of npm above say why. Check that this machine reaches the npm registry (a proxy is set by\n' +
      `  \`npm config set proxy URL\`) and that ${root} can be written, then start again.`,
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

/** Runs npm with everything it says on standard error. Returns '' or why it failed. */
function runNpm(root, args) {
  // The npm that runs us knows its own path; a PATH may hold another one, or none.
  const script = process.env.npm_execpath
  const viaScript = script !== undefined && script.endsWith('.js')
  const [command, commandArgs] = viaScript ? [process.execPath, [script, ...args]] : ['npm', args]
  return new Promise((resolve) => {
    const startedAt = Date.now()
    const child = spawn(command, commandArgs, {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: !viaScript && process.platform === 'win32',
    })
    // On a terminal npm shows its own progress.
    const heartbeat = setInterval(() => {
      if (process.stderr.isTTY) return
      process.stderr.write(`tidegate: still installing (${Math.round((Date.now() - startedAt) / 1000)} s)\n`)
    }, HEARTBEAT_MS)
    const finish = (failure) => {
      clearInterval(heartbeat)
      resolve(failure)
    }
    child.on('error', (error) => finish(`npm cannot be started (${error.message})`))
    child.on('exit', (code, signal) => finish(code === 0 ? '' : `\`npm ${args[0]}\` failed with ${signal ?? `exit code ${code}`}`))
  })
}
