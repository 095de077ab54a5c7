/** Types of pcapng blocks (draft-ietf-opsawg-pcapng section 4). */
export const BLOCK = {
  sectionHeader: 0x0a0d_0d0a,
  interfaceDescription: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  nameResolution: 4,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  decryptionSecrets: 10,
} as const

/** Type and length. */
export const BLOCK_HEAD_BYTES = 8
/** The length again. */
export const BLOCK_TAIL_BYTES = 4

/** The byte-order magic of a section as it reads big-endian. */
export const MAGIC_BIG_ENDIAN = 0x1a2b_3c4d
export const MAGIC_LITTLE_ENDIAN = 0x4d3c_2b1a
