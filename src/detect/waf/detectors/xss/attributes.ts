import { WordTable } from '../word-table.ts'

/** Why an attribute matters. */
export type AttributeRole = 'handler' | 'maybeHandler' | 'url' | 'document' | 'style' | 'equivalent' | 'animated'

/** Names of events without `on`, of HTML, SVG and the browsers' own, past ones included. */
const EVENTS =
  'abort activate afterprint afterscriptexecute afterupdate animationcancel animationend animationiteration ' +
  'animationstart auxclick beforeactivate beforecopy beforecut beforedeactivate beforeeditfocus beforeinput ' +
  'beforematch beforepaste beforeprint beforescriptexecute beforetoggle beforeunload beforeupdate beforexrselect begin ' +
  'blur bounce cancel canplay canplaythrough cellchange change click close command compositionend compositionstart ' +
  'compositionupdate contentvisibilityautostatechange contextlost contextmenu contextrestored controlselect copy ' +
  'cuechange cut dataavailable datasetchanged datasetcomplete dblclick deactivate devicemotion deviceorientation drag ' +
  'dragdrop dragend dragenter dragexit dragleave dragover dragstart drop durationchange emptied end ended error ' +
  'errorupdate filterchange finish focus focusin focusout formchange formdata forminput fullscreenchange ' +
  'fullscreenerror gotpointercapture hashchange help input invalid keydown keypress keyup languagechange ' +
  'layoutcomplete load loadeddata loadedmetadata loadend loadstart location losecapture lostpointercapture media ' +
  'mediacomplete mediaerror message messageerror mousedown mouseenter mouseleave mousemove mouseout mouseover mouseup ' +
  'mousewheel move moveend movestart mozfullscreenchange offline outofsync pagehide pagereveal pageshow ' +
  'pageswap paste pause play playing pointercancel pointerdown pointerenter pointerleave pointermove pointerout ' +
  'pointerover pointerrawupdate pointerup popstate progress propertychange ratechange readystatechange rejectionhandled ' +
  'repeat reset resize resizeend resizestart resume reverse rowenter rowexit rowdelete rowinserted rowsdelete ' +
  'rowsinserted scroll scrollend scrollsnapchange search securitypolicyviolation seek seeked seeking select ' +
  'selectionchange selectstart show slotchange stalled start stop storage submit suspend synchrestored syncrestored ' +
  'timeerror timeout timeupdate toggle touchcancel touchend touchmove touchstart trackchange transitioncancel ' +
  'transitionend transitionrun transitionstart unhandledrejection unload urlflip volumechange waiting ' +
  'webkitanimationend webkitanimationiteration webkitanimationstart webkitfullscreenchange webkitmouseforcechanged ' +
  'webkitplaybacktargetavailabilitychanged webkittransitionend webkitwillrevealbottom wheel zoom'

/** Words that begin with `on` and three letters more, and are no handlers. */
const OTHER_WORDS =
  'once ones only onto onset onsite onward onwards onboard onboarding ongoing onion onions onlooker onus oneself ' +
  'onetime oneway ontology onscreen onpage onsale onlinestatus one-time on-site onnx onenote onedrive onlyoffice'

const URL_ATTRIBUTES =
  'href src action formaction data xlink:href to from values by background poster code codebase lowsrc dynsrc ' +
  'srcset imagesrcset ping manifest longdesc usemap cite profile folder archive classid content icon url'

const EVENT_TABLE = new WordTable(EVENTS.split(' '))
const OTHER_TABLE = new WordTable(OTHER_WORDS.split(' '))
const URL_TABLE = new WordTable(URL_ATTRIBUTES.split(' '))
const NAMED_TABLE = new WordTable(['srcdoc', 'style', 'http-equiv', 'attributename'])
const NAMED_ROLES: readonly (AttributeRole | undefined)[] = [undefined, 'document', 'style', 'equivalent', 'animated']

// `on` and the shortest that could be an event.
const SHORTEST_HANDLER = 5

/** Role of the attribute whose name stands in `text` from `from` to `to`. */
export function attributeRole(text: string, from: number, to: number): AttributeRole | undefined {
  if (isOn(text, from)) {
    const known = handlerRole(text, from, to)
    if (known !== undefined) return known
  }
  return URL_TABLE.find(text, from, to) > 0 ? 'url' : NAMED_ROLES[NAMED_TABLE.find(text, from, to)]
}

function handlerRole(text: string, from: number, to: number): AttributeRole | undefined {
  if (EVENT_TABLE.find(text, from + 2, to) > 0) return 'handler'
  if (to - from < SHORTEST_HANDLER || OTHER_TABLE.find(text, from, to) > 0) return undefined
  for (let index = from + 2; index < to; index++) {
    const byte = text.charCodeAt(index) | 0x20
    if (byte < 0x61 || byte > 0x7a) return undefined
  }
  return 'maybeHandler'
}

function isOn(text: string, at: number): boolean {
  return (text.charCodeAt(at) | 0x20) === 0x6f && (text.charCodeAt(at + 1) | 0x20) === 0x6e
}
