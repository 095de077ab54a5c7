export { buildProgram } from './program.ts'
export { runCommandLine } from './main.ts'
