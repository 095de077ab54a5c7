import { decodePercent } from '../body/percent.ts'

// A path that still changes after so many decodings is taken as it is then.
const MAX_DECODINGS = 3

/** The path with its percent-escapes decoded once; broken ones stay. */
export function decodePath(path: string): string {
  if (!path.includes('%')) return path
  return decodePercent(path, 0, path.length, false, { invalid: 0, percentU: false, nul: false })
}

/**
 * The path as the most obliging server would read it: decoded until nothing changes (at most three times), backslashes as
 * slashes, parameters of segments (`;x=y`) removed, doubled slashes and dot segments resolved.
 */
export function normalizePath(path: string): string {
  let decoded = path
  for (let i = 0; i < MAX_DECODINGS && decoded.includes('%'); i++) {
    const once = decodePath(decoded)
    if (once === decoded) break
    decoded = once
  }
  const slashed = decoded.includes('\\') ? decoded.replaceAll('\\', '/') : decoded
  const bare = slashed.includes(';') ? slashed.replaceAll(/;[^/]*/g, '') : slashed
  return bare.includes('/.') || bare.includes('//') ? resolveSegments(bare) : bare
}

function resolveSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/')
  const last = segments.length - 1
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
    // A trailing slash, or a dot segment in its place, keeps the end of a directory.
    if (index === last && index > 0 && (segment === '' || segment === '.' || segment === '..')) kept.push('')
  }
  const resolved = `/${kept.join('/')}`
  return resolved === '//' ? '/' : resolved
}
