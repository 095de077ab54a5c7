export { applyNft, listNft, refusalOfNft } from './nft.ts'
