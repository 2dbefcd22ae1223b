/** One page of the platform's own in the browser: opened, waited for with its fonts and pictures, photographed whole. */
import { z } from 'zod'
import type { DevTools } from './devtools.ts'

export type Size = { width: number; height: number }

/** Milliseconds of one command: only a busy machine is slow here. */
const limit = 15_000

const anything = z.unknown()

/** Resolves once everything that the page shows is there. */
const complete = `new Promise((resolve) => {
  const then = () => document.fonts.ready.then(() => resolve(true))
  document.readyState === 'complete' ? then() : addEventListener('load', then)
})`

/** @throws Error when the browser fails, or gives something else than a JPEG. */
export async function print(devtools: DevTools, url: string, size: Size): Promise<Buffer> {
  const target = z.object({ targetId: z.string() })
  const { targetId } = await devtools.command('Target.createTarget', { url: 'about:blank' }, { answer: target, limit })
  const { sessionId } = await devtools.command(
    'Target.attachToTarget',
    { targetId, flatten: true },
    { answer: z.object({ sessionId: z.string() }), limit },
  )
  const page = async <T>(method: string, params: Readonly<Record<string, unknown>>, answer: z.ZodType<T>) =>
    await devtools.command(method, params, { answer, sessionId, limit })
  await page('Page.enable', {}, anything)
  await page('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor: 1, mobile: false }, anything)
  const { errorText } = await page('Page.navigate', { url }, z.object({ errorText: z.string().optional() }))
  if (errorText !== undefined) throw new Error(`The page to be printed did not come: ${errorText}.`)
  await page('Runtime.evaluate', { expression: complete, awaitPromise: true, returnByValue: true }, anything)
  const { data } = await page('Page.captureScreenshot', { format: 'jpeg', quality: 88 }, z.object({ data: z.string() }))
  const bytes = Buffer.from(data, 'base64')
  if (bytes.readUInt16BE(0) !== 0xff_d8) throw new Error('The browser gave something else than a JPEG.')
  return bytes
}
