import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)
const chinese = { locale: 'zh-CN' } as const
const patient = { timeout: 10_000 }

let plaza: TestPlaza
let browser: Chromium

beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
  for (const title of ['潮汐', '飞蛾', '绳结', '猫头鹰']) {
    const about = `---\ntitle: ${title}\nsdk: static\ntags: [自然]\nmodels: [阿丽/模型]\nshort_description: 一个小例子\n---\n`
    const name = `zh-${title.codePointAt(0)}`
    await plaza.publish('alice', name, { 'README.md': about, 'index.html': `<h1>${title}</h1>` })
    await plaza.waitFor(`alice/${name}`, 'RUNNING')
  }
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

const at = (place: string) => new URL(place, plaza.url).href
const space = `/spaces/alice/zh-${'潮'.codePointAt(0)}`
const languageOf = async (page: Page) => await page.evaluate(() => document.documentElement.lang)

/** What names things in every language: accounts, products, hardware, keys. */
const names = new Set(
  'Plaza Space Spaces SDK Gradio Streamlit Static Docker static alice CPU GPU JavaScript git Language esc L J K T E Ctrl S'.split(
    ' ',
  ),
)

/** Latin words that a person reads or hears on this page, apart from names. */
async function foreignWords(page: Page): Promise<string[]> {
  const said = await page.evaluate(() => {
    const texts: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode
      // Other languages in the menu say themselves which they are.
      if (!parentElement?.closest('script, style, noscript, code, [lang]:not(html)')) texts.push(textContent ?? '')
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      for (const name of ['aria-label', 'title', 'placeholder']) texts.push(element.getAttribute(name) ?? '')
    }
    return [...texts, document.title]
  })
  return said.flatMap(foreignWordsOf).filter((word, place, all) => all.indexOf(word) === place)
}

function foreignWordsOf(text: string): string[] {
  return (text.match(/[a-z][a-z’'.]*/gi) ?? []).filter((word) => !names.has(word))
}

for (const { name, options } of [
  { name: 'wide screen', options: desktop },
  { name: 'phone', options: phone },
]) {
  withBrowser(
    `a browser that asks for Chinese gets the gallery in it, and no word of English, on a ${name}${named}`,
    async () => {
      const page = await (await browser.person({ ...options, ...chinese })).newPage()
      const faults = watchFaults(page, plaza.url.origin)
      await page.goto(at('/'))
      await page.getByRole('heading', { name: '4 个 Space，4 个正在运行' }).waitFor()
      expect(await languageOf(page)).toBe('zh')
      expect(await foreignWords(page)).toEqual([])
      await page.getByRole('button', { name: '预览 飞蛾' }).click()
      await page.getByRole('dialog', { name: '飞蛾' }).getByRole('button', { name: '下一个 Space' }).waitFor()
      expect(await foreignWords(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: '快捷键' }).waitFor()
      expect(await foreignWords(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+k')
      await page.getByRole('option', { name: '全部 Spaces' }).waitFor()
      expect((await foreignWords(page)).filter((word) => word !== 'English')).toEqual([])
      await page.keyboard.press('Escape')
      if (name === 'phone') {
        await page.getByRole('button', { name: /^筛选/ }).click()
        await page.getByRole('dialog', { name: '筛选' }).getByRole('link', { name: '自然 4' }).waitFor()
      } else {
        await page.getByRole('button', { name: '标签' }).click()
        await page.getByRole('menuitem', { name: /^自然/ }).waitFor()
      }
      expect(await foreignWords(page)).toEqual([])
      await page.goto(at('/?search=没有这个'))
      await page.getByText('没有符合条件的 Space：“没有这个”。').waitFor()
      expect(await foreignWords(page)).toEqual([])
      expect(faults).toEqual([])
      await page.context().close()
    },
  )
}

withBrowser(`a Space’s page and the page to sign in are Chinese too${named}`, async () => {
  const page = await (await browser.person({ ...desktop, ...chinese })).newPage()
  await page.goto(at(space))
  await page.getByRole('heading', { name: '潮汐' }).waitFor()
  await page.getByRole('navigation', { name: '主导航' }).waitFor()
  await expect.poll(async () => await page.locator('main').first().textContent(), patient).toMatch(/运行中/)
  await page.goto(at('/sign-in'))
  await page.getByRole('main').getByRole('button', { name: /登录/ }).first().waitFor()
  await page.context().close()
})

withBrowser(`whoever chooses English keeps it over a reload, and can go back${named}`, async () => {
  const page = await (await browser.person({ ...desktop, ...chinese })).newPage()
  await page.goto(at('/'))
  await page.getByRole('button', { name: '语言（Language）：中文' }).click()
  await page.getByRole('menuitem', { name: 'English' }).click()
  await page.getByRole('heading', { name: '4 Spaces, 4 running now' }).waitFor()
  expect(await languageOf(page)).toBe('en')
  await page.reload()
  await page.getByRole('heading', { name: '4 Spaces, 4 running now' }).waitFor()
  await page.goto(at('/sign-in'))
  await page.getByRole('button', { name: 'Language: English' }).waitFor()
  // The palette has it as well.
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Search or run' }).fill('中文')
  await page.getByRole('option', { name: 'Language: 中文' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: '语言（Language）：中文' }).waitFor()
  expect(await languageOf(page)).toBe('zh')
  await page.context().close()
})

withBrowser(`in the account’s menu it is chosen as well${named}`, async () => {
  const page = await (await browser.person(desktop)).newPage()
  await page.goto((await plaza.command('user', 'link', 'bob')).trim())
  await page.getByRole('button', { name: 'Your account, bob' }).click()
  await page.getByRole('menuitem', { name: '中文' }).click()
  await page.getByRole('button', { name: '你的账号，bob' }).waitFor()
  expect(await languageOf(page)).toBe('zh')
  await page.context().close()
})

withBrowser(`without JavaScript it is Chinese too, and what the server refuses is said in it${named}`, async () => {
  const context = await browser.person({ ...desktop, ...chinese, javaScriptEnabled: false })
  const page = await context.newPage()
  const rest = async () => foreignWordsOf(await page.locator('body').innerText()).join(' ')
  await page.goto(at('/'))
  await page.getByRole('button', { name: '搜索' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('zh')
  expect(await rest()).toBe('')
  await page.goto(at(space))
  await page.getByRole('link', { name: '打开应用' }).waitFor()
  expect(await page.title()).toBe('潮汐，作者 alice · Plaza')
  expect(await page.locator('body').innerText()).toContain('作者 alice · 运行中，硬件 ')
  expect((await rest()).replace(/clone|http|localhost|spaces|basic|cpu|zh/g, '').trim()).toBe('')
  await page.goto(at('/new'))
  expect(await page.locator('body').innerText()).toContain('没有 JavaScript 时')
  await context.close()

  const scripted = await (await browser.person({ ...desktop, ...chinese })).newPage()
  await scripted.goto(at(`/sign-in?next=${space}/settings`))
  await scripted.getByLabel('用户名或邮箱').fill('alice')
  await scripted.getByLabel('密码', { exact: true }).fill('alice-password')
  await scripted.getByRole('main').getByRole('button', { name: '登录', exact: true }).click()
  await scripted.getByLabel('名称', { exact: true }).fill('not a name')
  await scripted.getByRole('button', { name: '重命名 Space' }).click()
  await scripted.getByRole('alert').getByText('这个名称不能用于 Space。请使用字母').waitFor()
  await scripted.context().close()
})

withBrowser(`the page of a Space that cannot be opened is in the language of its visitor${named}`, async () => {
  const context = await browser.person({ ...desktop, ...chinese })
  const page = await context.newPage()
  const host = (slug: string) => `http://${slug}.spaces.localhost:${plaza.url.port}/`
  await page.goto(host('alice-nowhere'))
  await page.getByRole('heading', { name: '这里没有 Space' }).waitFor()
  expect(await languageOf(page)).toBe('zh')
  await page.getByRole('link', { name: '登录' }).waitFor()
  await context.close()
})
