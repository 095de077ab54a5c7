/** Link types of capture files (LINKTYPE_ numbers of tcpdump.org) that can be read down to the network layer. */
export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  // DLT_RAW has these numbers on BSD and on OpenBSD; files are written with them although LINKTYPE_RAW is 101.
  rawBsd: 12,
  rawOpenBsd: 14,
  pppHdlc: 50,
  pppoe: 51,
  raw: 101,
  ciscoHdlc: 104,
  ieee80211: 105,
  loop: 108,
  linuxCooked: 113,
  ieee80211Radiotap: 127,
  pppWithDirection: 204,
  rawIpv4: 228,
  rawIpv6: 229,
  nflog: 239,
  applePktap: 258,
  linuxCooked2: 276,
} as const
