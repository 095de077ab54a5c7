/** An origin's answer as plain data; the body is bytes, one character a byte. */
export interface OriginAnswer {
  readonly status: number
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
}

interface Wish {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly encodedBody?: string
}

/**
 * What CRS's test origin answers: a POST to `/reflect` describes the wanted answer in JSON, anything else gets an empty 200.
 * `target` and `body` are bytes, one character a byte.
 */
export function reflectedAnswer(target: string, body: string): OriginAnswer {
  const plain: OriginAnswer = { status: 200, fields: [['Content-Type', 'text/plain']], body: '' }
  if (!target.startsWith('/reflect')) return plain
  const wish = parseWish(body)
  if (wish === undefined) return plain
  const fields = Object.entries(wish.headers ?? {}).map(([name, value]) => [name, value] as const)
  const hasType = fields.some(([name]) => name.toLowerCase() === 'content-type')
  return {
    status: wish.status ?? 200,
    fields: hasType ? fields : [...plain.fields, ...fields],
    body: wishedBody(wish),
  }
}

function parseWish(body: string): Wish | undefined {
  try {
    return JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as Wish
  } catch {
    return undefined // not a description: the origin then has nothing to reflect
  }
}

function wishedBody(wish: Wish): string {
  if (wish.encodedBody !== undefined) return Buffer.from(wish.encodedBody, 'base64').toString('latin1')
  return Buffer.from(wish.body ?? '', 'utf8').toString('latin1')
}
