import type { Page } from 'playwright-core'
import type { State } from './state-pictures.ts'

const at = (place: string, name = 'files') => `/spaces/alice/${name}/${place}`

/** @param ready what stands there then. */
function shown(name: string, shows: string, place: string, ready: string, as: string | undefined = 'alice'): State {
  return {
    name,
    shows,
    ...(as === '' ? {} : { as }),
    open: async (page) => {
      await page.goto(at(place))
      await page.locator(ready).first().waitFor()
    },
  }
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Content of the file' }).click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(text)
}

async function ofFile(page: Page, item: string): Promise<void> {
  await page.goto(at('blob/main/app.py'))
  await page.getByRole('button', { name: 'More of this file' }).click()
  await page.getByRole('menuitem', { name: item }).click()
  await page.getByRole('dialog').waitFor()
}

export const files: State[] = [
  { ...shown('files', 'Files', 'tree/main', '.snippet span span'), everywhere: true },
  shown('files-visitor', 'Files, a visitor looks', 'tree/main', '.snippet span span', ''),
  shown('files-folder', 'A folder with a very long file name', 'tree/main/docs', 'a[href*="a-file-name"]'),
  {
    name: 'files-nothing',
    shows: 'Files before the first push',
    as: 'alice',
    open: async (page) => {
      await page.goto(at('tree/main', 'nothing-yet'))
      await page.getByText('There is no file yet.').waitFor()
    },
  },
  {
    name: 'files-loading',
    shows: 'Files, loading',
    open: async (page) => {
      await page.route('**/api/spaces/alice/files/tree/**', () => {})
      await page.goto(at('tree/main'))
      await page.locator('.skeleton').first().waitFor()
    },
  },
  shown('files-missing', 'A folder that is not there', 'tree/main/no/such', '.empty'),
  {
    name: 'files-find',
    shows: 'Find a file',
    as: 'alice',
    open: async (page) => {
      await page.goto(at('tree/main'))
      await page.locator('.snippet span span').first().waitFor()
      await page.keyboard.press('t')
      await page.keyboard.type('e')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'files-add',
    shows: 'The menu that adds files',
    as: 'alice',
    isMenu: true,
    open: async (page) => {
      await page.goto(at('tree/main'))
      await page.getByRole('button', { name: 'Add file' }).click()
      await page.getByRole('menuitem', { name: 'Upload files' }).waitFor()
    },
  },
  { ...shown('file-code', 'A file of code', 'blob/main/app.py#L6-L9', '.code-view code span'), everywhere: true },
  shown('file-readme', 'README.md', 'blob/main/README.md', '.snippet span span'),
  shown('file-table', 'A table', 'blob/main/table.csv', '.table-view'),
  shown('file-notebook', 'A notebook', 'blob/main/heights.ipynb', '.prose'),
  shown('file-picture', 'A picture', 'blob/main/drawing.svg', '.picture'),
  shown('file-bytes', 'A file that is no text', 'blob/main/model.bin', '.empty'),
  shown('file-empty', 'An empty file', 'blob/main/empty.txt', '.help'),
  shown('file-missing', 'A file that is not there', 'blob/main/no-such.txt', '.empty'),
  {
    name: 'file-rename',
    shows: 'Rename a file',
    as: 'alice',
    open: async (page) => await ofFile(page, 'Rename or move'),
  },
  { name: 'file-delete', shows: 'Delete a file', as: 'alice', open: async (page) => await ofFile(page, 'Delete') },
  shown('blame', 'Who wrote which line', 'blame/main/app.py', '.blame code span'),
  shown('edit', 'A file, edited', 'edit/app.py', '.cm-line span'),
  {
    name: 'edit-changes',
    shows: 'A file, edited: what changes',
    as: 'alice',
    open: async (page) => {
      await page.goto(at('edit/drawing.svg'))
      await write(page, '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"></svg>\n')
      await page.getByRole('button', { name: 'Changes' }).click()
      await page.getByRole('region', { name: 'Changes of drawing.svg' }).waitFor()
    },
  },
  shown('edit-visitor', 'A file that one may not edit', 'edit/app.py', '.empty', 'bob'),
  shown('edit-new', 'A new file', 'new-file', '.cm-editor'),
  shown('upload', 'Upload, nothing chosen yet', 'upload', '.drop-zone'),
  {
    name: 'upload-list',
    shows: 'Upload of some files',
    as: 'alice',
    open: async (page) => {
      await page.goto(at('upload'))
      await page
        .getByLabel('Files', { exact: true })
        .setInputFiles(
          [
            'app.py',
            'weights-of-the-model-that-was-trained-for-a-long-time-on-many-harbours.safetensors',
            '笔记.txt',
          ].map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.alloc(name.length * 4000) })),
        )
      await page.getByText('replaces the one there').waitFor()
    },
  },
  shown('history', 'History', 'commits/main', '.commits li'),
  {
    name: 'commit',
    shows: 'A commit',
    as: 'alice',
    everywhere: true,
    open: async (page) => {
      await page.goto(at('commits/main'))
      await page.locator('.commits li a').first().click()
      await page.locator('.diff code span').first().waitFor()
    },
  },
  {
    name: 'conflict',
    shows: 'Somebody else has changed the file meanwhile',
    as: 'alice',
    open: async (page) => {
      await page.goto(at('edit/notes.txt', 'quarrel'))
      const editor = page.getByRole('textbox', { name: 'Content of the file' })
      await editor.waitFor()
      const lines = Array.from({ length: 8 }, (_, line) => `line ${line + 1} of ${crypto.randomUUID()}\n`)
      // By the same person, elsewhere.
      const answer = await page.request.post('/api/spaces/alice/quarrel/commit/main', {
        headers: { 'Content-Type': 'application/x-ndjson', Origin: new URL(page.url()).origin },
        data: [
          { key: 'header', value: { summary: 'Say more' } },
          { key: 'file', value: { path: 'notes.txt', content: btoa(lines.join('')), encoding: 'base64' } },
        ]
          .map((line) => JSON.stringify(line))
          .join('\n'),
      })
      if (!answer.ok()) throw new Error(await answer.text())
      await write(page, 'what I have to say\n')
      await page.getByRole('button', { name: 'Commit to main' }).click()
      await page.getByRole('alert', { name: 'Conflict' }).waitFor()
    },
  },
]
