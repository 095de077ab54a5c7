import type { RequestSample } from '#detect'
import type { Dice } from '../dice.ts'
import { clientHeaders } from './client-headers.ts'
import type { LanguageTexts } from './languages/index.ts'
import { FORM_TYPE, formBody, MULTIPART_TYPE, multipartBody } from './text-bytes.ts'

type Pairs = readonly (readonly [string, string])[]

const HEX = '0123456789abcdef'
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
/** What password managers and people use; the punctuation of both. */
const PASSWORD = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!@#$%^&*-_=+?.,:'

function loginForm(dice: Dice): Pairs {
  return [
    ['_token', dice.text(HEX, 40)],
    ['email', `${dice.text(LETTERS, 7)}.${dice.text(LETTERS, 5)}+shop@example.com`],
    ['password', dice.text(PASSWORD, dice.integer(8, 20))],
    ['remember', 'on'],
    ['return_to', '/account?tab=orders'],
  ]
}

function contactForm(dice: Dice, texts: LanguageTexts): Pairs {
  const sentences = Array.from({ length: dice.integer(1, 6) }, () => dice.pick(texts.sentences))
  return [
    ['name', dice.pick(texts.names)],
    ['email', `${dice.text(LETTERS, 8)}@${dice.text(LETTERS, 6)}.example`],
    [
      'phone',
      `+${dice.integer(30, 49)} (0)${dice.integer(100, 999)} / ${dice.integer(10_000, 99_999)}-${dice.integer(0, 99)}`,
    ],
    ['subject', dice.pick(texts.searches)],
    ['message', sentences.join(dice.pick([' ', '\r\n', '\r\n\r\n']))],
    ['consent', 'yes'],
  ]
}

function checkoutForm(dice: Dice, texts: LanguageTexts): Pairs {
  return [
    ['billing[name]', dice.pick(texts.names)],
    ['billing[street]', dice.pick(texts.streets)],
    ['billing[city]', dice.pick(texts.cities)],
    ['billing[zip]', String(dice.integer(10_000, 99_999))],
    ['billing[country]', dice.pick(['DE', 'FR', 'PT', 'GB', 'JP'])],
    ['shipping_method', 'standard|3-5 days'],
    ['coupon', dice.pick(['', 'SAVE10', 'SUMMER-25%', 'WELCOME!'])],
    ['comment', dice.chance(0.5) ? dice.pick(texts.sentences) : ''],
    ['items[0][sku]', `AB-${dice.integer(100, 999)}/X`],
    ['items[0][qty]', String(dice.integer(1, 9))],
    ['total', `${dice.integer(1, 999)}.${dice.integer(10, 99)}`],
  ]
}

function reviewForm(dice: Dice, texts: LanguageTexts): Pairs {
  return [
    ['rating', String(dice.integer(1, 5))],
    ['title', dice.pick(texts.searches)],
    ['text', `${dice.pick(texts.sentences)} ${dice.pick(texts.sentences)}`],
    ['nickname', dice.pick(texts.names)],
    ['pros', '+ cheap; + light; - colour'],
  ]
}

function profileForm(dice: Dice, texts: LanguageTexts): Pairs {
  return [
    ['first_name', dice.pick(texts.names).split(' ')[0]],
    ['display_name', dice.pick(texts.names)],
    ['website', `https://www.${dice.text(LETTERS, 8)}.example/~me/`],
    ['birthday', `19${dice.integer(50, 99)}-0${dice.integer(1, 9)}-${dice.integer(10, 28)}`],
    ['bio', dice.pick(texts.sentences)],
    ['timezone', 'Europe/Lisbon'],
    ['new_password', dice.text(PASSWORD, 16)],
  ]
}

/** A page of an application server of 2010: state in hidden fields. */
function stateForm(dice: Dice, texts: LanguageTexts): Pairs {
  const state = dice.text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 4 * dice.integer(20, 120))
  return [
    ['__VIEWSTATE', `/wEPDwUK${state}`],
    ['__EVENTTARGET', 'ctl00$MainContent$GridView1$ctl03$lnkSelect'],
    ['ctl00$MainContent$txtSearch', dice.pick(texts.searches)],
    ['javax.faces.ViewState', `-${dice.integer(1e8, 9e8)}:${dice.integer(1e8, 9e8)}`],
    ['form:table:0:j_idt42', 'form:table:0:j_idt42'],
  ]
}

const FORMS: readonly (readonly [path: string, pairs: (dice: Dice, texts: LanguageTexts) => Pairs])[] = [
  ['/login', loginForm],
  ['/contact', contactForm],
  ['/contact', contactForm],
  ['/checkout/address', checkoutForm],
  ['/products/17/reviews', reviewForm],
  ['/account/profile', profileForm],
  ['/Orders/Default.aspx', stateForm],
]

const JPEG = `\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00`

/** A form that somebody filled in: login, contact, checkout, review, profile. */
export function formRequest(dice: Dice, texts: LanguageTexts): RequestSample {
  const [target, pairs] = dice.pick(FORMS)
  const headers = clientHeaders(dice, texts)
  const fields = pairs(dice, texts)
  if (dice.chance(0.8)) return { method: 'POST', target, headers, contentType: FORM_TYPE, body: formBody(fields) }
  return { method: 'POST', target, headers, contentType: MULTIPART_TYPE, body: multipartBody(fields) }
}

/** A picture with a caption. */
export function uploadRequest(dice: Dice, texts: LanguageTexts): RequestSample {
  const name = dice.pick([
    'IMG_20250601_101112.jpg',
    'photo (1).JPG',
    'Größe & Maß.jpeg',
    "l'été.jpg",
    'scan-2025.06.01.jpg',
    'スクリーンショット.jpg',
  ])
  let noise = ''
  for (let at = 0; at < 600; at++) noise += String.fromCharCode(dice.integer(0, 255))
  const text = multipartBody([['caption', dice.pick(texts.sentences)]])
  const boundary = text.slice(0, text.indexOf('\r\n'))
  const head = `Content-Disposition: form-data; name="file"; filename="${Buffer.from(name, 'utf8').toString('latin1')}"\r\nContent-Type: image/jpeg`
  const body = `${boundary}\r\n${head}\r\n\r\n${JPEG}${noise}\r\n${text}`
  return { method: 'POST', target: '/upload', headers: clientHeaders(dice, texts), contentType: MULTIPART_TYPE, body }
}
