import { readdirSync } from 'node:fs'
import path from 'node:path'

/** Every TypeScript and JavaScript file below the given folders, as sorted POSIX paths relative to the project. */
export function sourceFiles(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name))
        .map((entry) => path.posix.join(entry.parentPath.split(path.sep).join('/'), entry.name)),
    )
    .sort()
}
