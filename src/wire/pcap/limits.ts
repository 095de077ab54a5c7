/** Longest packet that is read: what libpcap's own tools keep at most. A record that says more is damaged. */
export const PACKET_BYTES_LIMIT = 262_144

/** Longest block of a pcapng file. Secrets and name lists may be longer than a packet, and are held in memory whole. */
export const BLOCK_BYTES_LIMIT = 16_777_216
