import { testDirections } from './testing/directions.ts'

testDirections('nftables', 'keep')
