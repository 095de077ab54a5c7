import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CrsLocation } from './find-crs.ts'

/** Set-up of Debian's package, which stands apart from its rules. */
const SYSTEM_SETUP = '/etc/modsecurity/crs'
const FOLDERS_DEEP = 2

/** Every file that a rule set may consist of, in the order of their names: what is included, read as data, or both. */
export function ruleFilesBelow({ directory, setupFile }: CrsLocation): readonly string[] {
  const root = statSync(directory, { throwIfNoEntry: false })?.isFile() === true ? dirname(directory) : directory
  const files = [...filesBelow(root, FOLDERS_DEEP)]
  if (files.some((file) => file.endsWith('.load'))) files.push(...filesBelow(SYSTEM_SETUP, 1))
  if (setupFile !== undefined && !files.includes(setupFile)) files.push(setupFile)
  return files.filter((file) => /\.(?:conf|data|load|conf\.example)$/.test(file) || file === setupFile).sort()
}

function filesBelow(folder: string, depth: number): string[] {
  const entries = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readFolder(folder) : []
  return entries.flatMap(({ name, isFolder }) => {
    const path = join(folder, name)
    if (!isFolder) return [path]
    return depth > 1 ? filesBelow(path, depth - 1) : []
  })
}

function readFolder(folder: string): { readonly name: string; readonly isFolder: boolean }[] {
  return readdirSync(folder).flatMap((name) => {
    const state = statSync(join(folder, name), { throwIfNoEntry: false })
    return state === undefined ? [] : [{ name, isFolder: state.isDirectory() }]
  })
}
