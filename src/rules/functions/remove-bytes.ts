import type { FunctionDefinition } from './function.ts'

function removeBytes(text: string, bytes: string): string {
  const removed = new Set(bytes)
  let kept = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (!removed.has(text[at])) continue
    kept += text.slice(from, at)
    from = at + 1
  }
  return from === 0 ? text : kept + text.slice(from)
}

export const REMOVE_BYTES: FunctionDefinition = {
  name: 'remove_bytes',
  help: 'The string without any of the given bytes.',
  example: 'remove_bytes(http.host, "\\x2e\\x77") == "shoptest"',
  parameters: [
    { name: 'source', types: ['String'] },
    { name: 'bytes', types: ['String'] },
  ],
  result: 'String',
  evaluate: removeBytes,
  duckdb: ({ argument }) => `translate(${argument(0)}, ${argument(1)}, '')`,
}
