import type { NftFamily } from '#net'

/** Our tables have this name in both families: so they are known again, also by an operator. */
export const TABLE = 'tidegate'

export const NFT_FAMILIES: readonly NftFamily[] = ['netdev', 'inet']

/** The group of netfilter's log that samples are read from. */
export const SAMPLE_GROUP = 29_796
export const SAMPLE_HEAD_BYTES = 128

/**
 * Early where packets come in and where they leave; behind connection tracking (-200), but before addresses are translated
 * (-100), and going out behind that (100): so that rules see the addresses that are on the wire.
 */
export const PRIORITY = { ingress: -500, prerouting: -150, egress: -500, postrouting: 150 } as const

/** Interfaces, by their numbers, on which the rules are in force. */
export const LEASE_SET = 'lease'
