import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matchingIds, type TestRequest } from './testing/judge-request.ts'

/** What a table tells: rules, a request, the ids that match, why. */
type Case = readonly [rules: string, request: TestRequest, ids: string, why: string]

function table(name: string, cases: readonly Case[]): void {
  describe(name, () => {
    for (const [rules, request, ids, why] of cases) {
      it(why, () => assert.equal(matchingIds(rules, request), ids))
    }
  })
}

const rule = (variables: string, operator: string, id = 1, actions = ''): string =>
  `SecRule ${variables} "${operator}" "id:${id},phase:2,pass,log${actions === '' ? '' : `,${actions}`}"\n`

const query = (text: string): TestRequest => ({ target: `/?${text}` })

table('variables and selectors', [
  [rule('ARGS:q', '@streq x'), query('q=x'), '1', 'an argument by name'],
  [rule('ARGS:Q', '@streq x'), query('q=x'), '1', 'names are compared without case'],
  [rule('ARGS:q', '@streq x'), query('p=x'), '', 'another argument is not meant'],
  [rule('ARGS|!ARGS:q', '@streq x'), query('q=x'), '', 'an exclusion takes one out'],
  [rule('ARGS|!ARGS:q', '@streq x'), query('q=x&r=x'), '1', 'and leaves the others'],
  [rule('ARGS:/^a\\d+$/', '@streq x'), query('a12=x'), '1', 'a pattern over names'],
  [rule('ARGS:/^a\\d+$/', '@streq x'), query('ab=x'), '', 'that does not match'],
  [rule('ARGS|!ARGS:/^_ga/', '@streq x'), query('_ga_1=x'), '', 'an exclusion by pattern'],
  [rule('&ARGS', '@eq 2'), query('a=1&b=2'), '1', 'a count'],
  [rule('&ARGS:a', '@eq 2'), query('a=1&b=2&A=3'), '1', 'a count by name'],
  [rule('&ARGS|!ARGS:a', '@eq 1'), query('a=1&b=2'), '1', 'a count without what is excluded'],
  [rule('&REQUEST_HEADERS:Accept', '@eq 0'), query(''), '1', 'a count of nothing'],
  [
    rule('ARGS_GET', '@streq x'),
    { target: '/', body: 'q=x', contentType: 'application/x-www-form-urlencoded' },
    '',
    'the body is not the query',
  ],
  [
    rule('ARGS_POST', '@streq x'),
    { target: '/', body: 'q=x', contentType: 'application/x-www-form-urlencoded' },
    '1',
    'the body is ARGS_POST',
  ],
  [
    rule('ARGS_POST_NAMES', '@streq q'),
    { target: '/', body: 'q=x', contentType: 'application/x-www-form-urlencoded' },
    '1',
    'and its names',
  ],
  [rule('ARGS_NAMES', '@streq q'), query('q=x'), '1', 'names are values'],
  [rule('REQUEST_COOKIES:sid', '@streq 7'), { headers: ['Cookie', 'a=1; sid=7'] }, '1', 'a cookie'],
  [rule('REQUEST_HEADERS:X-A', '@streq 7'), { headers: ['x-a', '7'] }, '1', 'a header field'],
  [rule('REQUEST_FILENAME', '@streq /a b'), { target: '/a%20b?c' }, '1', 'the path, decoded'],
  [rule('REQUEST_BASENAME', '@streq b.php'), { target: '/a/b.php?c' }, '1', 'its last part'],
  [rule('REQUEST_URI_RAW', '@streq /a%20b?c'), { target: '/a%20b?c' }, '1', 'the target as sent'],
  [rule('REQUEST_LINE', '@streq GET /a HTTP/1.1'), { target: '/a' }, '1', 'the request line'],
  [rule('REMOTE_ADDR', '@ipMatch 127.0.0.0/8'), {}, '1', 'the address of the client'],
  [rule('XML:/*', '@contains evil'), { body: '<a><b>evil</b></a>', contentType: 'text/xml' }, '1', 'text of XML'],
  [rule('XML://@*', '@streq evil'), { body: '<a b="evil"/>', contentType: 'text/xml' }, '1', 'attributes of XML'],
  [
    rule('ARGS:json.a.b', '@streq 1'),
    { body: '{"a":{"b":1}}', contentType: 'application/json' },
    '1',
    'a value of JSON',
  ],
  [
    rule('REQBODY_PROCESSOR', '@streq JSON'),
    { body: '{}', contentType: 'application/json' },
    '1',
    'the parser of the body',
  ],
  [
    rule('REQUEST_BODY_LENGTH', '@eq 3'),
    { body: 'a=b', contentType: 'application/x-www-form-urlencoded' },
    '1',
    'length of the body',
  ],
  [rule('ARGS_COMBINED_SIZE', '@eq 4'), query('a=bcd'), '1', 'size of all arguments'],
  [rule('TIME_YEAR', '@gt 2000'), {}, '1', 'the time'],
  [rule('UNIQUE_ID', '@streq test-ray'), {}, '1', 'the ray'],
])

table('operators, transformations, capture', [
  [rule('ARGS', '!@streq x'), query('q=y'), '1', 'a negated operator'],
  [rule('ARGS', '!@streq x'), query(''), '', 'has nothing to say without a value'],
  [rule('ARGS', '@rx ^EVIL$', 1, 't:lowercase'), query('q=EVIL'), '', 'patterns see the transformed text'],
  [rule('ARGS', '@rx ^evil$', 1, 't:lowercase'), query('q=EVIL'), '1', 'in lower case'],
  [rule('ARGS', '@rx evil', 1, 't:urlDecodeUni'), query('q=%2565vil'), '1', 'decoded once more'],
  [rule('ARGS', '@rx ^evil$', 1, 't:removeWhitespace,t:lowercase'), query('q=E+v+I+l'), '1', 'two transformations'],
  [
    rule('ARGS', '@rx %', 1, 'multiMatch,t:urlDecodeUni'),
    query('q=%2525'),
    '1',
    'multiMatch sees the text before as well',
  ],
  [rule('ARGS', '@pm evil bad'), query('q=xBADx'), '1', 'phrases without case'],
  [rule('ARGS', '@within a,b,c'), query('q=b'), '1', 'within a list'],
  [rule('ARGS', '@validateByteRange 32-126'), query('q=%01'), '1', 'bytes that are not allowed'],
  [rule('ARGS', '@validateByteRange 32-126'), query('q=a'), '', 'bytes that are'],
  [rule('ARGS', '@detectSQLi'), query("q=1'+or+'1'='1"), '1', 'the SQL detector'],
  [rule('ARGS', '@detectXSS'), query('q=%3Cscript%3Ealert(1)%3C/script%3E'), '1', 'the script detector'],
  [
    rule('ARGS', '@rx ^(.)(.)', 1, "capture,setvar:'tx.two=%{tx.2}%{tx.1}'") + rule('TX:two', '@streq ba', 2),
    query('q=abc'),
    '1 2',
    'captured groups',
  ],
])

table('variables of the rules', [
  [
    rule('ARGS', '@unconditionalMatch', 1, 'setvar:tx.n=+2') + rule('TX:n', '@eq 6', 2),
    query('a=1&b=2&c=3'),
    '1 2',
    'effects run for each value that matches',
  ],
  [
    `SecAction "id:9,phase:1,nolog,pass,setvar:tx.a=5,setvar:tx.b=%{tx.a},setvar:tx.b=-1,setvar:!tx.a"\n` +
      rule('TX:b', '@eq 4', 1) +
      rule('&TX:a', '@eq 0', 2),
    {},
    '1 2',
    'set, subtract, copy, remove',
  ],
  [
    rule('ARGS_NAMES', '@unconditionalMatch', 1, "setvar:'tx.seen_%{MATCHED_VAR}=1'") +
      rule('&TX:/^seen_/', '@eq 2', 2),
    query('a=1&b=2'),
    '1 2',
    'names that a request makes are found by a pattern',
  ],
  [
    rule('ARGS', '@unconditionalMatch', 1, "setvar:'tx.where=%{MATCHED_VAR_NAME}'") +
      rule('TX:where', '@streq ARGS:q', 2),
    query('q=1'),
    '1 2',
    'the name of what matched',
  ],
  [rule('ARGS', '@streq %{request_headers.host}'), query('q=www.example.test'), '1', 'a reference in an operator'],
  [
    rule('ARGS', '@unconditionalMatch', 1, "setenv:'who=%{ARGS.q}'") + rule('ENV:who', '@streq me', 2),
    query('q=me'),
    '1 2',
    'environment variables',
  ],
  [
    rule('ARGS', '@rx .', 7, "setvar:'tx.by=%{rule.id}'") + rule('TX:by', '@eq 7', 2),
    query('q=1'),
    '7 2',
    'the rule itself',
  ],
])

const chain = (first: string, second: string, actions = ''): string =>
  `SecRule ${first} "id:1,phase:2,pass,log,chain"\n  SecRule ${second} "t:none${actions}"\n`

table('chains', [
  [chain('ARGS:a "@streq 1"', 'ARGS:b "@streq 2"'), query('a=1&b=2'), '1', 'all links match'],
  [chain('ARGS:a "@streq 1"', 'ARGS:b "@streq 2"'), query('a=1&b=3'), '', 'the second does not'],
  [chain('ARGS "@rx ^x"', 'MATCHED_VARS "@rx y$"'), query('a=x&b=xy'), '1', 'a link over what matched'],
  [chain('ARGS "@rx ^x"', 'MATCHED_VAR "@rx y$"'), query('a=xy&b=x'), '', 'MATCHED_VAR is the last one'],
  [
    chain('ARGS:a "@streq 1"', '&ARGS "@gt 1"', ',setvar:tx.c=+5') + rule('TX:c', '@eq 5', 2),
    query('a=1&b=2'),
    '1 2',
    'effects of the last link',
  ],
])

const skipping = (variables: string, operator: string): string =>
  rule(variables, operator, 1, 'skipAfter:END') +
  rule('REQUEST_METHOD', '@streq GET', 2) +
  'SecMarker END\n' +
  rule('REQUEST_METHOD', '@streq GET', 3)

table('flow', [
  [skipping('ARGS', '@streq x'), query('q=x'), '1 3', 'skipAfter jumps to the marker'],
  [skipping('ARGS', '@streq x'), query('q=y'), '2 3', 'and does not when the rule does not match'],
  [
    rule('ARGS', '@streq x', 1, 'skip:1') + rule('ARGS', '@streq x', 2) + rule('ARGS', '@streq x', 3),
    query('q=x'),
    '1 3',
    'skip counts rules',
  ],
  [
    `SecRule ARGS "@streq x" "id:1,phase:1,log,allow:phase"\nSecRule ARGS "@streq x" "id:2,phase:1,log,pass"\n` +
      rule('ARGS', '@streq x', 3),
    query('q=x'),
    '1 3',
    'allow:phase ends the phase',
  ],
  [
    `SecRule ARGS "@streq x" "id:1,phase:1,log,allow"\n${rule('ARGS', '@streq x', 3)}`,
    query('q=x'),
    '1',
    'allow ends the judgement',
  ],
])

table('ctl', [
  [
    rule('ARGS', '@streq x', 1, 'ctl:ruleRemoveById=2-3') + rule('ARGS', '@streq x', 2) + rule('ARGS', '@streq x', 4),
    query('q=x'),
    '1 4',
    'by id',
  ],
  [
    rule('ARGS', '@streq x', 1, 'ctl:ruleRemoveByTag=a/b') + rule('ARGS', '@streq x', 2, 'tag:a/b'),
    query('q=x'),
    '1',
    'by tag',
  ],
  [
    rule('ARGS', '@streq x', 1, 'ctl:ruleRemoveByMsg=gone') + rule('ARGS', '@streq x', 2, "msg:'gone'"),
    query('q=x'),
    '1',
    'by message',
  ],
  [
    rule('ARGS', '@streq x', 1, 'ctl:ruleRemoveTargetById=2;ARGS:q') + rule('ARGS', '@streq x', 2),
    query('q=x'),
    '1',
    'one target of one rule',
  ],
  [
    rule('ARGS', '@streq x', 1, 'ctl:ruleRemoveTargetByTag=t;ARGS:/^q/') + rule('ARGS', '@streq x', 2, 'tag:t'),
    query('q=x&r=x'),
    '1 2',
    'a target by pattern leaves the others',
  ],
  [
    `SecRule REQUEST_HEADERS:Content-Type "@streq text/x" "id:1,phase:1,log,pass,ctl:requestBodyProcessor=JSON"\n` +
      rule('ARGS:json.a', '@streq b', 2),
    { body: '{"a":"b"}', contentType: 'text/x' },
    '1 2',
    'another parser for the body',
  ],
  [
    rule('ARGS', '@streq x', 1, 'ctl:ruleEngine=Off') + rule('ARGS', '@streq x', 2),
    query('q=x'),
    '1',
    'the engine off',
  ],
])

table('answers', [
  [
    `SecRule RESPONSE_BODY "@contains secret" "id:1,phase:4,log,pass"\n`,
    { response: { body: 'a secret' } },
    '1',
    'the body of an answer',
  ],
  [
    `SecRule RESPONSE_STATUS "@streq 500" "id:1,phase:3,log,pass"\nSecRule RESPONSE_HEADERS:X-A "@streq b" "id:2,phase:3,log,pass"\n`,
    { response: { status: 500, headers: ['x-a', 'b'] } },
    '1 2',
    'status and fields',
  ],
  [`SecAction "id:1,phase:5,log,pass"\n`, {}, '1', 'the log phase'],
])
