/**
 * The symbols of each length in bits (RFC 7541 appendix B). The code is canonical: of one length they stand in order, so that
 * nothing else has to be known. 256 ends a string, and must not come.
 */
const LENGTHS: readonly (readonly [bits: number, symbols: string])[] = [
  [5, '48-50 97 99 101 105 111 115-116'],
  [6, '32 37 45-47 51-57 61 65 95 98 100 102-104 108-110 112 114 117'],
  [7, '58 66-87 89 106-107 113 118-122'],
  [8, '38 42 44 59 88 90'],
  [10, '33-34 40-41 63'],
  [11, '39 43 124'],
  [12, '35 62'],
  [13, '0 36 64 91 93 126'],
  [14, '94 125'],
  [15, '60 96 123'],
  [19, '92 195 208'],
  [20, '128 130-131 162 184 194 224 226'],
  [21, '153 161 167 172 176-177 179 209 216-217 227 229-230'],
  [22, '129 132-134 136 146 154 156 160 163-164 169-170 173 178 181 185-187 189-190 196 198 228 232-233'],
  [23, '1 135 137-141 143 147 149-152 155 157-158 165-166 168 174-175 180 182-183 188 191 197 231 239'],
  [24, '9 142 144-145 148 159 171 206 215 225 236-237'],
  [25, '199 207 234-235'],
  [26, '192-193 200-202 205 210 213 218-219 238 240 242-243 255'],
  [27, '203-204 211-212 214 221-223 241 244-248 250-254'],
  [28, '2-8 11-12 14-21 23-31 127 220 249'],
  [30, '10 13 22 256'],
]

const END = 256
const LONGEST_BITS = 30
const PADDING_BITS = 7

/** Of each length: its first code, how many there are, and where they begin among all symbols. */
const FIRST_CODE = new Int32Array(LONGEST_BITS + 1)
const COUNT = new Int32Array(LONGEST_BITS + 1)
const FIRST_AT = new Int32Array(LONGEST_BITS + 1)
const SYMBOLS = new Uint16Array(END + 1)

function prepare(): void {
  let code = 0
  let at = 0
  let before = 0
  for (const [bits, ranges] of LENGTHS) {
    code <<= bits - before
    before = bits
    FIRST_CODE[bits] = code
    FIRST_AT[bits] = at
    for (const range of ranges.split(' ')) {
      const [first, last = first] = range.split('-').map(Number)
      for (let symbol = first; symbol <= last; symbol++) SYMBOLS[at++] = symbol
    }
    COUNT[bits] = at - FIRST_AT[bits]
    code += COUNT[bits]
  }
}
prepare()

/** The bytes that a coded string stands for, one character each; undefined when it is none (RFC 7541 section 5.2). */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  const decoded = Buffer.allocUnsafe(Math.ceil(((end - start) * 8) / LENGTHS[0][0]))
  let length = 0
  let code = 0
  let bits = 0
  for (let at = start; at < end; at++) {
    for (let mask = 0x80; mask > 0; mask >>= 1) {
      code = (code << 1) | ((bytes[at] & mask) === 0 ? 0 : 1)
      bits++
      const index = code - FIRST_CODE[bits]
      if (index >= 0 && index < COUNT[bits]) {
        const symbol = SYMBOLS[FIRST_AT[bits] + index]
        if (symbol === END) return undefined
        decoded[length++] = symbol
        code = 0
        bits = 0
      } else if (bits === LONGEST_BITS) return undefined
    }
  }
  // What is left are the first bits of the end, all ones.
  if (bits > PADDING_BITS || code !== (1 << bits) - 1) return undefined
  return decoded.toString('latin1', 0, length)
}
