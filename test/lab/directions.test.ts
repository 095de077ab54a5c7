import { testDirections } from './testing/directions.ts'

testDirections('xdp', 'open')
