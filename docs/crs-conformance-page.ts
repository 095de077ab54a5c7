import { CAUSES } from '../test/conformance/waf/difference-causes.ts'
import { EXCEPTIONS, GOAL_PERCENT, SOCKET_EXCEPTIONS, TEST_COUNT } from '../test/conformance/crs/exceptions.ts'

type Exceptions = typeof EXCEPTIONS

function passed(failed: number): string {
  const count = TEST_COUNT - failed
  return `${count.toLocaleString('en-GB')} of ${TEST_COUNT.toLocaleString('en-GB')} (${((100 * count) / TEST_COUNT).toFixed(2)} %)`
}

function rows(exceptions: Exceptions): string {
  return Object.entries(exceptions)
    .map(([id, reason]) => `| ${id} | ${reason.replaceAll('|', '\\|')} |\n`)
    .join('')
}

/** What the WAF makes of the regression tests of the Core Rule Set: figures and every exception with its reason. */
export const CRS_CONFORMANCE_TEXT = `\`npm run conformance -- crs\` runs the ${TEST_COUNT.toLocaleString('en-GB')} regression tests of the OWASP Core Rule Set 4.28, which
its authors write for ModSecurity and Coraza, with detection only at paranoia level 4 and the set-up values that the tests
expect. The rules and the tests stand in \`../shared/crs\`; without them the suite says that it is skipped.

| how | passed | goal |
| --- | --- | --- |
| in this process, part of \`npm test\` | ${passed(Object.keys(EXCEPTIONS).length)} | ${GOAL_PERCENT} % |
| as raw bytes over sockets to \`tidegate up\`, rules read from the answer and for a sample from the event | ${passed(Object.keys({ ...EXCEPTIONS, ...SOCKET_EXCEPTIONS }).length)} | ${GOAL_PERCENT} % |

In process each test also has to lead to the same with the literal filter and without it. The suite fails when a test fails that is not listed
here. A request whose head the edge refuses does not reach an origin; its rules are then those of a best-effort reading of it.

## Exceptions, in process and over sockets

| test | why |
| --- | --- |
${rows(EXCEPTIONS)}
## Exceptions over sockets only

| test | why |
| --- | --- |
${rows(SOCKET_EXCEPTIONS)}
## Beside ModSecurity

\`npm run conformance -- modsecurity\` sends payloads of the tests in other places (path, names and values of arguments, cookies,
headers, JSON, multipart, file names) and other writings (case, escapes, white space) to nginx with libmodsecurity and to our
engine, with the same rules: Debian's CRS 3.3 and CRS 4. It fails when the two name different rules for another reason than these:

${CAUSES.map(({ name }) => `- ${name}\n`).join('')}`
