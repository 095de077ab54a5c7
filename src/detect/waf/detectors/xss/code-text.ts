// What shows that a text is code stands near its beginning.
const LOOK_BYTES = 256

const CODE = /[(`[=\\]|&#|&lpar|%[0-9a-f]{2}|\/\/|\/\*|location|throw /i
const NO_OPERATION = /^\s*(?:void\s*\(?\s*0?\s*\)?|undefined|false|true|return (?:false|true)|\{\}|)\s*;?\s*$/
/** Two words in a row are prose, unless the first is one with which statements begin; so are dots and markup. */
const PROSE =
  /^\s*(?!(?:var|let|const|return|new|throw|typeof|void|delete|if|for|with|while|do|try|function|await|async|class|import)\b)(?:[A-Za-z][\w'\x80-\xff]*[,.]?\s+[^\s=(`[.+\-*/?|&;,]|\.\.|<)/

/** True when the text from `from` to `to` can be script that does something; prose after "javascript:" is not. */
export function isCode(text: string, from: number, to: number): boolean {
  const start = text.slice(from, Math.min(to, from + LOOK_BYTES))
  return CODE.test(start) && !PROSE.test(start)
}

/** True for script that does nothing, as links that wait for a click handler have: `void(0)`, `;`. */
export function isNoOperation(text: string, from: number, to: number): boolean {
  return to - from <= 32 && NO_OPERATION.test(text.slice(from, to))
}
