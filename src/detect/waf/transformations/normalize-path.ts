/** Resolves `//`, `/./` and `/../` of a path. What leads above a relative path stays, above an absolute one it is dropped. */
export function normalizePath(text: string): string {
  if (!MAY_CHANGE.test(text)) return text
  const absolute = text.startsWith('/')
  const segments: string[] = []
  for (const segment of text.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.length > 0 && segments.at(-1) !== '..') segments.pop()
    else if (!absolute) segments.push('..')
  }
  const path = (absolute ? '/' : '') + segments.join('/')
  const normal = text.endsWith('/') && path !== '' && path !== '/' ? `${path}/` : path
  return normal === text ? text : normal
}

/** Two slashes, or a dot that begins or ends a segment. */
const MAY_CHANGE = /\/[/.]|^\.|\.$|\.\//

/** As `normalizePath`, with backslashes read as slashes. */
export function normalizePathWin(text: string): string {
  return normalizePath(text.includes('\\') ? text.replaceAll('\\', '/') : text)
}
