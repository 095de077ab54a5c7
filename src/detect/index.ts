export { loadGeoTables } from './geo/load-tables.ts'
export { GeoLookup } from './geo/lookup.ts'
