/** The families of tables that packets are filtered by: at the ingress of interfaces, and behind connection tracking. */
export type NftFamily = 'netdev' | 'inet'

/** NFPROTO_* of linux/netfilter.h. */
export const FAMILY_NUMBERS: Readonly<Record<NftFamily, number>> = { inet: 1, netdev: 5 }

/** NFNL_SUBSYS_NFTABLES << 8 of linux/netfilter/nfnetlink.h. */
export const NFTABLES = 10 << 8
