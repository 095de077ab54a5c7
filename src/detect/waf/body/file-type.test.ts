import assert from 'node:assert/strict'
import test from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { fileType } from './file-type.ts'

const ZIP_HEAD = `PK\x03\x04\x14${'\0'.repeat(21)}\x08\0\0\0`

test('fileType recognises files by their first bytes', () => {
  const cases: readonly [head: string, name: string | undefined][] = [
    ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'png'],
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'jpeg'],
    ['GIF89a\x01\0\x01\0', 'gif'],
    ['GIF89a<?php system($_GET[0]);', 'gif'],
    ['RIFF\x24\0\0\0WEBPVP8 ', 'webp'],
    ['RIFF\x24\0\0\0WAVEfmt ', 'wav'],
    ['\0\0\0\x1cftypavif', 'avif'],
    ['\0\0\0\x1cftypisom', 'mp4'],
    ['BM\x36\0\0\0\0\0\0\0\x36', 'bmp'],
    ['BMW is a brand', undefined],
    ['%PDF-1.7\n', 'pdf'],
    ['%!PS-Adobe-3.0', 'postscript'],
    ['{\\rtf1\\ansi', 'rtf'],
    ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0', 'ole'],
    [`${ZIP_HEAD}file.txt`, 'zip'],
    [`${ZIP_HEAD}[Content_Types].xml...word/document.xml`, 'docx'],
    [`${ZIP_HEAD}xl/workbook.xml`, 'xlsx'],
    [`${ZIP_HEAD}mimetypeapplication/epub+zip`, 'epub'],
    [`${ZIP_HEAD}META-INF/MANIFEST.MF`, 'jar'],
    [gzipSync('x').toString('latin1'), 'gzip'],
    ['7z\xbc\xaf\x27\x1c\0\x04', '7z'],
    ['Rar!\x1a\x07\x01\0', 'rar'],
    [`${'\0'.repeat(257)}ustar`, 'tar'],
    ['\x7fELF\x02\x01\x01', 'elf'],
    [`MZ\x90\0${'\0'.repeat(70)}`, 'pe'],
    ['MZ', undefined],
    ['\xca\xfe\xba\xbe\0\0\0\x34', 'class'],
    ['\xac\xed\0\x05sr\0', 'java-serialized'],
    ['\0asm\x01\0\0\0', 'wasm'],
    ['<?php echo 1;', 'php'],
    ['<?= $x ?>', 'php'],
    ['\xef\xbb\xbf \n<?PHP system(1);', 'php'],
    ['#!/bin/sh\nid', 'shell'],
    ['#!/usr/bin/env python3\n', 'python'],
    ['#!/usr/bin/php\n', 'php'],
    ['#!/usr/bin/unknown\n', undefined],
    ['<%@ page import="java.io.*" %>', 'jsp'],
    ['<% Response.Write(1) %>', 'asp'],
    ['<!--#exec cmd="id" -->', 'shtml'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'svg'],
    ['<?xml version="1.0"?>\n<!-- x -->\n<svg>', 'svg'],
    ['<?xml version="1.0"?><a/>', 'xml'],
    ['<!DOCTYPE html><p>', 'html'],
    ['<script>alert(1)</script>', 'html'],
    ['plain text about <html>', undefined],
    ['{"a":1}', undefined],
    ['', undefined],
  ]
  for (const [head, name] of cases) {
    const type = fileType(Buffer.from(head, 'latin1'))
    assert.equal(type?.name, name, head.slice(0, 40))
    if (type !== undefined) assert.match(type.mediaType, /^[a-z]+\/[a-z0-9.+-]+$/)
  }
})

test('fileType takes any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (head) => void fileType(head)))
  assert.equal(fileType(deflateSync('x')), undefined)
})
