import { parentPort } from 'node:worker_threads'
import { buildGeoTables } from './build-tables.ts'
import { findDataPackages } from './data-packages.ts'

// The body of the worker thread that `loadGeoTables` starts.
const tables = buildGeoTables(findDataPackages())
parentPort?.postMessage(tables, [tables.buffer as ArrayBuffer])
