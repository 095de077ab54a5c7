#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { launch } from './bootstrap.mjs'

await launch({
  script: fileURLToPath(import.meta.url),
  args: process.argv.slice(2),
  development: false,
  run: async () => {
    const { runCommandLine } = await import('../src/cli/index.ts')
    await runCommandLine(process.argv.slice(2))
  },
})
