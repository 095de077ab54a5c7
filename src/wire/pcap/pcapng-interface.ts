import { uint16At, uint32At } from './byte-order.ts'
import type { CaptureBlock, CaptureInterface } from './capture-sink.ts'
import { BLOCK_TAIL_BYTES } from './pcapng-block.ts'
import { type BlockOption, blockOptions } from './pcapng-options.ts'
import { type Timescale, timescale } from './timescale.ts'

const LINK_TYPE_AT = 8
const SNAP_LENGTH_AT = 12
const OPTIONS_AT = 16

const OPTION = { name: 2, description: 3, resolution: 9, fcsLength: 13, timeOffset: 14 } as const
// Names are kept as long as the file is read.
const NAME_BYTES = 256
const MICROSECOND_RESOLUTION = 6

/** An interface description block (draft-ietf-opsawg-pcapng section 4.2); undefined when it is cut off. */
export function readInterface(block: CaptureBlock, index: number, section: number): CaptureInterface | undefined {
  const { bytes, start, end, littleEndian } = block
  const optionsEnd = end - BLOCK_TAIL_BYTES
  if (start + OPTIONS_AT > optionsEnd) return undefined
  const options = blockOptions(bytes, start + OPTIONS_AT, optionsEnd, littleEndian)
  const find = (code: number): BlockOption | undefined => options.find((option) => option.code === code)
  const text = (option: BlockOption | undefined): string | undefined =>
    option === undefined
      ? undefined
      : bytes.toString('utf8', option.start, Math.min(option.end, option.start + NAME_BYTES))
  const fcsLength = find(OPTION.fcsLength)
  return {
    index,
    section,
    linkType: uint16At(bytes, start + LINK_TYPE_AT, littleEndian),
    snapBytes: uint32At(bytes, start + SNAP_LENGTH_AT, littleEndian),
    fcsBytes: fcsLength === undefined || fcsLength.start === fcsLength.end ? 0 : bytes[fcsLength.start],
    timescale: timescaleOf(block, find(OPTION.resolution), find(OPTION.timeOffset)),
    name: text(find(OPTION.name)),
    description: text(find(OPTION.description)),
  }
}

function timescaleOf(
  { bytes, littleEndian }: CaptureBlock,
  resolution: BlockOption | undefined,
  offset: BlockOption | undefined,
): Timescale {
  const hasResolution = resolution !== undefined && resolution.end > resolution.start
  const hasOffset = offset !== undefined && offset.end - offset.start === 8
  return timescale(
    hasResolution ? bytes[resolution.start] : MICROSECOND_RESOLUTION,
    hasOffset ? Number(littleEndian ? bytes.readBigInt64LE(offset.start) : bytes.readBigInt64BE(offset.start)) : 0,
  )
}
