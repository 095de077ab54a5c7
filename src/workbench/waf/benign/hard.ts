import type { RequestSample } from '#detect'
import type { Dice } from '../dice.ts'
import { clientHeaders } from './client-headers.ts'
import type { LanguageTexts } from './languages/index.ts'
import { FORM_TYPE, formBody, JSON_TYPE, MULTIPART_TYPE, multipartBody, utf8 } from './text-bytes.ts'

type Post = (text: string, title: string) => Pick<RequestSample, 'target' | 'contentType' | 'body'>

const json = (target: string, value: unknown): ReturnType<Post> => ({
  target,
  contentType: JSON_TYPE,
  body: utf8(JSON.stringify(value)),
})

/** Where people post texts about code. */
const POSTS: readonly Post[] = [
  (text, title) => ({
    target: '/questions/new',
    contentType: FORM_TYPE,
    body: formBody([
      ['title', title],
      ['body', text],
      ['tags', 'sql, bash'],
    ]),
  }),
  (text, title) => ({
    target: '/wiki/edit',
    contentType: MULTIPART_TYPE,
    body: multipartBody([
      ['title', title],
      ['wpTextbox1', text],
      ['summary', 'typo'],
    ]),
  }),
  (text, title) => json('/api/v4/projects/1/issues', { title, description: text, labels: ['bug'] }),
  (text, title) => json('/api/tickets/7/comments', { comment: { body: text, public: true }, subject: title }),
  (text) => json('/api/snippets', { files: [{ name: 'x.txt', content: text }], visibility: 'private' }),
  (text) =>
    json('/chat.postMessage', { channel: 'C01', text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] }),
  (text) => ({
    target: '/wp-comments-post.php',
    contentType: FORM_TYPE,
    body: formBody([
      ['comment', text],
      ['author', 'Jo'],
      ['email', 'jo@example.com'],
      ['comment_post_ID', '12'],
    ]),
  }),
]

/** A text about code that somebody posts. */
export function hardRequest(dice: Dice, texts: LanguageTexts, text: string): RequestSample {
  const firstLine = text.trimStart().split('\n', 1)[0]
  const title = firstLine.length > 70 ? `${firstLine.slice(0, 70)}...` : firstLine
  const post = dice.pick(POSTS)(text, dice.chance(0.5) ? title : dice.pick(texts.searches))
  return { method: 'POST', headers: clientHeaders(dice, texts), ...post }
}

/** JSON as it stands, sent to a service. */
export function hardJsonRequest(dice: Dice, texts: LanguageTexts, body: string): RequestSample {
  return {
    method: 'PUT',
    target: '/api/documents/1',
    headers: clientHeaders(dice, texts),
    contentType: JSON_TYPE,
    body: utf8(body),
  }
}
