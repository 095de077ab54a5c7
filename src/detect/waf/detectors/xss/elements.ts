import { WordTable } from '../word-table.ts'

/** Why an element matters. */
export type ElementRole = 'script' | 'frame' | 'embed' | 'meta' | 'base' | 'link' | 'style' | 'active' | 'image'

const ELEMENTS: Readonly<Record<ElementRole, string>> = {
  script: 'script',
  frame: 'iframe frame portal fencedframe',
  embed: 'object embed applet',
  meta: 'meta',
  base: 'base',
  link: 'link',
  style: 'style',
  active:
    'svg math frameset form isindex bgsound layer ilayer xml animate set animatemotion animatetransform handler listener ' +
    'foreignobject use annotation-xml import vmlframe keygen noscript marquee template xss',
  // Images draw what a URL names and never run it.
  image: 'img image input source video audio track picture',
}

const WORDS = Object.entries(ELEMENTS).flatMap(([role, words]) =>
  words.split(' ').map((word) => [word, role as ElementRole] as const),
)
const TABLE = new WordTable(WORDS.map(([word]) => word))
const ROLES: readonly (ElementRole | undefined)[] = [undefined, ...WORDS.map(([, role]) => role)]

/** Role of the element whose name stands in `text` from `from` to `to`; a namespace before `:` does not matter. */
export function elementRole(text: string, from: number, to: number): ElementRole | undefined {
  let start = from
  for (let index = from; index < to; index++) if (text.charCodeAt(index) === 0x3a) start = index + 1
  return ROLES[TABLE.find(text, start, to)]
}
