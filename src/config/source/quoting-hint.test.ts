import assert from 'node:assert/strict'
import test from 'node:test'
import { parseYaml } from './yaml-document.ts'

const SINGLE = "put the expression in single quotes: when: '...'"
const TWICE = "within single quotes, write a single quote twice: ''"

const FAULTS: readonly (readonly [written: string, place: string, hint: string])[] = [
  ['- { id: a, when: ip.src in {203.0.113.0/24}, action: block }', '2:28', SINGLE],
  ['- { id: a, when: http.request.headers["x"][0] == "b", action: block }', '2:38', SINGLE],
  ['- { id: a, when: starts_with(http.host, "x"), action: block }', '2:44', SINGLE],
  ['- { id: a, when: http.host eq "a: b", action: block }', '2:18', SINGLE],
  ['- { id: a, when: http.host eq "a #b", action: block }\n- { id: b }', '3:1', SINGLE],
  ['- { id: a, when: "http.host eq "a"", action: block }', '2:33', SINGLE],
  ['- id: a\n  when: http.host eq "a: b"', '3:9', SINGLE],
  ['- id: a\n  when: "/admin" == http.request.uri.path', '3:18', SINGLE],
  [`- id: a\n  when: 'http.host eq "it's"'`, '3:27', TWICE],
  [
    '- { action: { redirect: { to: { expression: concat("a", "b") } } } }',
    '2:60',
    "put the expression in single quotes: expression: '...'",
  ],
  ['- { id: a, when: ssl, action: block } }', '2:39', ''],
  ['- { id: a, when: ssl, action: {{ block: {} } }', '2:32', ''],
  ['- { hosts: [*.shop.test] }', '2:13', 'put a value that begins with * in quotes: "*.example.test"'],
]

test('a value that should have been quoted is told so, once, where it stands', () => {
  for (const [written, place, hint] of FAULTS) {
    const { problems } = parseYaml(`rules:\n${written}\n`, 'p.yaml')
    const shown = problems.map((problem) => {
      const [, found = ''] = / \((.*)\)$/.exec(problem.message) ?? []
      return [`${problem.place.line}:${problem.place.column}`, found]
    })
    assert.deepEqual(shown, [[place, hint]], written)
  }
})

test('each document of a file reports its first fault', () => {
  const { documents, problems } = parseYaml('a: [1\n---\nb: 2\n---\nc: {3\n', 'p.yaml')
  assert.deepEqual([documents.length, problems.map(({ place }) => place.line)], [0, [2, 6]])
})
