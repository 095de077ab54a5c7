export { bringUp, listInterfaces, type NetworkInterface } from './interfaces.ts'
export { routeAllHere } from './routes.ts'
export { NetlinkSocket } from './socket.ts'
export { nativeXdpSupport } from './xdp-support.ts'
