import type { BodyContents } from '../body-contents.ts'
import { emptyContents } from './contents.ts'
import type { BodyLimits } from './limits.ts'
import { PairCollector } from './pair-collector.ts'
import { unicodeText } from './text-encoding.ts'
import { XmlReader } from './xml-reader.ts'

/** Reads an XML body: all text joined, every attribute, and each of them with its place as a pair. */
export function parseXml(bytes: Uint8Array, text: string, limits: BodyLimits, complete: boolean): BodyContents {
  const unicode = unicodeText(bytes, text)
  const leaves = new PairCollector('xml', limits, unicode.text.length)
  const attributes = new PairCollector('', limits, unicode.text.length)
  const reader = new XmlReader(unicode.text, leaves, attributes, { maxDepth: limits.depth, complete })
  const end = reader.read()
  leaves.finish()
  attributes.finish()
  if (unicode.irregularity !== undefined) reader.irregularities.add(unicode.irregularity)
  return {
    ...emptyContents('XML', end >= unicode.text.length ? bytes.length : Math.min(end, bytes.length)),
    xml: {
      text: reader.texts.join(''),
      attributes: attributes.pairs.filter((_, index) => index % 2 === 1),
      leaves: leaves.pairs,
    },
    error: reader.error,
    irregularities: reader.irregularities,
    limit: reader.limit ?? leaves.limit,
  }
}
