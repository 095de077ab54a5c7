import assert from 'node:assert/strict'
import test from 'node:test'
import { openapiDocument } from './openapi.ts'
import { ROUTES } from './routes.ts'

type Json = { readonly [name: string]: Json } & { readonly $ref?: string }

const DOCUMENT = openapiDocument(ROUTES) as unknown as Json

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [String(item)] : references(item)))
}

test('the document names every route with its parameters and the scope it asks for', () => {
  for (const { method, path, scope, querySchema } of ROUTES) {
    const operation = DOCUMENT['paths'][path][method.toLowerCase()] as unknown as {
      parameters: { name: string; in: string; required: boolean }[]
      security: readonly { token: string[] }[]
    }
    assert.deepEqual(operation.security, scope === 'public' ? [] : [{ token: [scope] }], path)
    const query = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
    assert.deepEqual(query, Object.keys(querySchema.shape), path)
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`)
    assert.deepEqual(inPath, path.match(/\{\w+\}/g) ?? [], path)
  }
})

test('every reference leads somewhere, and nothing is described twice under one name', () => {
  const found = references(DOCUMENT)
  assert.ok(found.includes('#/components/schemas/Event'))
  for (const reference of found) {
    const target = reference
      .slice(2)
      .split('/')
      .reduce<Json | undefined>((value, name) => value?.[name], DOCUMENT)
    assert.ok(target !== undefined, reference)
  }
  const operations = ROUTES.map(
    ({ method, path }) =>
      (DOCUMENT['paths'][path][method.toLowerCase()] as unknown as { operationId: string }).operationId,
  )
  assert.equal(new Set(operations).size, operations.length)
})
