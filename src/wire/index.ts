export {
  cidrRange,
  formatCidr,
  formatIp,
  fromUint128,
  inRange,
  type IpAddress,
  type IpRange,
  parseCidr,
  parseIp,
  toUint128,
} from './ip.ts'
