import type { NftFamily } from '#net'

/** Our tables have this name in both families: so they are known again, also by an operator. */
export const TABLE = 'tidegate'

export const NFT_FAMILIES: readonly NftFamily[] = ['netdev', 'inet']

/** The group of netfilter's log that samples are read from. */
export const SAMPLE_GROUP = 29_796
export const SAMPLE_HEAD_BYTES = 128

/** Early at ingress, and behind connection tracking (-200), but before addresses are translated (-100). */
export const PRIORITY = { ingress: -500, prerouting: -150 } as const

/** Interfaces, by their numbers, on which the rules are in force. */
export const LEASE_SET = 'lease'
