export { enterOwnNetwork } from './own-network.ts'
export { TapDevice } from './tap-device.ts'
