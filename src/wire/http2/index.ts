export {
  HTTP2_FLAG,
  HTTP2_FRAME,
  HTTP2_PREFACE,
  http2ErrorName,
  type Http2FrameHead,
  Http2FrameReader,
  type Http2FrameSink,
} from './frame-reader.ts'
export { HpackDecoder } from './hpack-decoder.ts'
