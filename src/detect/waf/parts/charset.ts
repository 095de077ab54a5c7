import { lowerAscii } from '#wire'

const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;]+))/i

/** Lower-case charset of a Content-Type value, without quotes; undefined when it names none. */
export function charsetOf(contentType: string): string | undefined {
  const found = CHARSET.exec(contentType)
  return found === null ? undefined : lowerAscii(found[1] ?? found[2] ?? found[3])
}
