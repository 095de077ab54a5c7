/** How many tests there are, and of a hundred so many must pass. */
export const TEST_COUNT = 4039
export const GOAL_PERCENT = 99.7

/** Tests of CRS that are not expected to pass, in process and over sockets, each with the reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  '920181-1':
    'expects that a web server takes Content-Length out of a request that also has Transfer-Encoding before the rules see it; ' +
    'here such a request is refused, and the rules tell why',
  '921140-1':
    'expects a refusal without any rule for a carriage return in a header value; here it is refused as well, and the rules tell why',
  '932207-7':
    'expects the wording of the rule’s own log line, of which the middle link of a chain is shown; events show where the parameter matched',
}

const VERSION = 'expects status 400 for a request that says HTTP/0.9 or the like'
const VERSION_HERE = 'the edge answers 505, as RFC 9110 section 15.6.6 has it for a version that is not spoken'

/** Tests that further differ over sockets, where the edge itself answers before any origin does. */
export const SOCKET_EXCEPTIONS: Readonly<Record<string, string>> = {
  '920100-5':
    'expects status 400 for CONNECT without a port; the edge is no tunnel and answers CONNECT with 501 (RFC 9110 section 9.3.6)',
  '920280-3': `${VERSION}; ${VERSION_HERE}`,
  '920430-3': `${VERSION}; ${VERSION_HERE}`,
  '920430-7': `${VERSION}; ${VERSION_HERE}`,
  '920430-9': `${VERSION}; ${VERSION_HERE}`,
  '920430-10': `${VERSION}; ${VERSION_HERE}`,
}
