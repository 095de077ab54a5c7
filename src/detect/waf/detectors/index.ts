export { matchDetectSqli, matchDetectXss } from './operators.ts'
export { detectSqli } from './sqli/detect-sqli.ts'
export { detectXss } from './xss/detect-xss.ts'
