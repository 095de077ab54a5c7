import type { Field } from './field.ts'

const POINTS = ['waf'] as const

/** What a detector of the WAF provides: the name of its finding, and how sure it is. */
function detectorFields(name: string, what: string, example: string): readonly Field[] {
  return [
    {
      name: `waf.value.${name}`,
      type: 'String',
      help: `What the detector of ${what} recognised in the value; absent when nothing.`,
      example: `"${example}"`,
      points: POINTS,
    },
    {
      name: `waf.value.${name}.confidence`,
      type: 'String',
      help: `How sure the detector of ${what} is: "certain", "likely" or "weak"; absent when it found nothing.`,
      example: '"certain"',
      points: POINTS,
    },
  ]
}

/** What our managed rules look at: one value at a time that the client controls, one file, or one answer. */
export const WAF_VALUE_FIELDS: readonly Field[] = [
  {
    name: 'waf.value',
    type: 'String',
    help: 'One decoded value that the client controls; looked at again after each further decoding that changes it.',
    example: '"1 union select"',
    points: POINTS,
  },
  {
    name: 'waf.value.source',
    type: 'String',
    help: 'Where the value stood: "query", "form", "json", "xml", "multipart", "graphql", "cookie", "header", "path", "file_name", "part_header", "name", "nested" or "body".',
    example: '"query"',
    points: POINTS,
  },
  {
    name: 'waf.value.name',
    type: 'String',
    help: 'Name of the argument, cookie or header, in lower case; names of JSON values are paths such as `items.0.name`.',
    example: '"user-agent"',
    points: POINTS,
  },
  ...detectorFields('sqli', 'SQL injection', 'union-select'),
  ...detectorFields('xss', 'cross-site scripting', 'script-element'),
  ...detectorFields('shell', 'shell commands', 'chained-command'),
  ...detectorFields('template', 'template expressions', 'object-walk'),
  ...detectorFields('traversal', 'path traversal', 'climb-to-known-file'),
  ...detectorFields('ssrf', 'internal URLs', 'metadata-address'),
  ...detectorFields('lookup', 'Log4j lookups', 'jndi-lookup'),
  {
    name: 'waf.file.name',
    type: 'String',
    help: 'Name of an uploaded file, in lower case.',
    example: '"invoice.pdf"',
    points: POINTS,
  },
  {
    name: 'waf.file.type',
    type: 'String',
    help: 'What the first bytes of an uploaded file say it is; absent when they say nothing.',
    example: '"pdf"',
    points: POINTS,
  },
  {
    name: 'waf.file.media_type',
    type: 'String',
    help: 'Media type that the client declared for an uploaded file, without parameters, in lower case.',
    example: '"image/png"',
    points: POINTS,
  },
  {
    name: 'waf.file.head',
    type: 'String',
    help: 'The first bytes of an uploaded file.',
    example: '"<?php"',
    points: POINTS,
  },
  {
    name: 'waf.body.irregularities',
    type: 'Array<String>',
    help: 'What was irregular about the form of the request body, such as "nul-byte" or "duplicate-part-header", or why it could not be unpacked: "coding-ratio-limit".',
    example: '"duplicate-part-header"',
    points: POINTS,
  },
  {
    name: 'waf.graphql.depth',
    type: 'Int',
    help: 'Deepest nesting of selections in the GraphQL document of the request; absent without one.',
    example: '4',
    points: POINTS,
  },
  {
    name: 'waf.graphql.aliases',
    type: 'Int',
    help: 'Aliases in the GraphQL document of the request; absent without one.',
    example: '2',
    points: POINTS,
  },
  {
    name: 'waf.response.body',
    type: 'String',
    help: "The text of the origin's answer.",
    example: '"<html>"',
    points: POINTS,
  },
]
