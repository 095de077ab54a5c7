import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installIfMissing } from './install.mjs'
import { becomeRuntime, endWithLauncher, findRuntime } from './runtime.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Runs `run` on a Node that can run Tidegate: installs what is missing, and starts `script` again on the pinned Node
 * when this one is too old. `development` also asks for what only tests and checks need.
 * Everything in bin/ must run on Node 20, with nothing installed.
 */
export async function launch({ script, args, development, run }) {
  endWithLauncher()
  // Event queries and ingest must not keep the spool's writes waiting for a thread.
  process.env.UV_THREADPOOL_SIZE ??= '8'
  try {
    await installIfMissing(ROOT, development)
    const cacheDirectory = join(ROOT, 'node_modules', '.cache', 'tidegate')
    const runtime = findRuntime(ROOT)
    if (runtime.kind === 'other') {
      // Set for the new process and inherited by its worker threads.
      process.env.NODE_COMPILE_CACHE ??= cacheDirectory
      await becomeRuntime(runtime.path, [script, ...args])
      return
    }
    // Before the first import of Tidegate's own code, or that code is compiled anew on each start.
    process.env.NODE_COMPILE_CACHE ??= cacheDirectory
    module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)
  } catch (error) {
    if (error?.code !== 'ERR_BOOTSTRAP') throw error
    process.stderr.write(`tidegate: ${error.message}\n`)
    process.exitCode = 2
    return
  }
  await run()
}
