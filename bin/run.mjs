/** `node bin/run.mjs FILE ARGS`: runs a script of this repository as `tidegate` itself is run. */
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { launch } from './bootstrap.mjs'

const [file, ...args] = process.argv.slice(2)
if (file === undefined) {
  process.stderr.write('usage: node bin/run.mjs FILE [ARGS]\n')
  process.exit(2)
}

await launch({
  script: fileURLToPath(import.meta.url),
  args: [file, ...args],
  development: true,
  run: async () => {
    const path = resolve(file)
    process.argv.splice(1, process.argv.length - 1, path, ...args)
    await import(pathToFileURL(path).href)
  },
})
