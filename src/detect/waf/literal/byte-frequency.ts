/**
 * What ordinary requests are made of, lower-case: header values, addresses, form texts, JSON. Written for this purpose; what counts is
 * how often letters and signs follow each other, not what it says.
 */
const SAMPLE = `mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/141.0.0.0 safari/537.36
text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8 gzip, deflate, br en-gb,en;q=0.7,de;q=0.3 no-cache
https://shop.example.net/products/garden/chairs?colour=green&sort=price&page=3 application/x-www-form-urlencoded keep-alive
sid=4c1f0a9be27d43d8 _ga=ga1.2.830211.1699871 lang=en; theme=light anna.berger@example.org +44 20 7946 0321 2026-01-19t08:14:55z
good morning, i would like to know whether the blue lamp is still on sale and how long the delivery to the north of spain takes.
thank you for the quick answer! could you please send the invoice to our office in the main street, second floor?
{"id": 1042, "name": "desk lamp", "tags": ["home", "light"], "price": 39.95, "inStock": true, "note": null, "owner": {"first": "li"}}
the report was read by the team on monday; they said that it is clear and that nothing else has to be done before the end of the year`

const PAIR_WEIGHT = 0.7
const RARE_BYTE = 0.3

const bytes = new Float64Array(256).fill(RARE_BYTE / SAMPLE.length)
const pairs = new Float64Array(65_536)
for (let at = 0; at < SAMPLE.length; at++) {
  const byte = SAMPLE.charCodeAt(at)
  bytes[byte] += 1 / SAMPLE.length
  if (at > 0) pairs[SAMPLE.charCodeAt(at - 1) * 256 + byte] += 1 / SAMPLE.length
}

/**
 * How likely it is, roughly, that a literal begins at a given place of an ordinary request. A pair of bytes that the sample does not have
 * is judged by its bytes.
 */
export function likelihoodOf(literal: string): number {
  let likelihood = bytes[literal.charCodeAt(0)]
  for (let at = 1; at < literal.length; at++) {
    const before = literal.charCodeAt(at - 1)
    const byte = literal.charCodeAt(at)
    const pair = pairs[before * 256 + byte] / bytes[before]
    likelihood *= PAIR_WEIGHT * Math.min(1, pair) + (1 - PAIR_WEIGHT) * bytes[byte]
  }
  return likelihood
}
