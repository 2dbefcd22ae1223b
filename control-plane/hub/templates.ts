/** Templates: the repositories of `examples/templates/`, shown by `GET /api/spaces/templates` and copied by `repos/create`. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Router } from 'express'
import { PlazaError } from '../errors.ts'
import type { FileChange } from '../repositories/commit.ts'
import type { Description } from '../repositories/push.ts'
import type { Files } from '../repositories/tree.ts'
import { CardError, parseCard } from '../spaces/card.ts'
import { type CardFields, editCard } from '../spaces/card-edit.ts'

export type Template = {
  /** Its folder; what `template` of repos/create takes, alone or as `repoId`. */
  name: string
  repoId: string
  sdk: string
  preferredPrivate: false
  title: string
  emoji?: string
  colorFrom?: string
  colorTo?: string
  shortDescription?: string
  files: string[]
  /** Bytes. */
  size: number
  /** Why it would not run on this install. */
  problem?: string
}

export type TemplateList = { templates: Template[] }

/** The order in which people look for them; others follow by name. */
const order = [
  'gradio-chat',
  'gradio-image',
  'streamlit-dashboard',
  'fastapi-websocket',
  'static-page',
  'docker',
] as const

export class Templates {
  readonly #folder: string
  readonly #describe: (files: Files) => Promise<Description>

  constructor(folder: string, describe: (files: Files) => Promise<Description>) {
    this.#folder = folder
    this.#describe = describe
  }

  async list(): Promise<Template[]> {
    const found = await Promise.all((await this.#names()).map(async (name) => await this.#read(name)))
    const place = (name: string) => {
      const known = order.findIndex((one) => one === name)
      return known === -1 ? order.length : known
    }
    return found.toSorted((a, b) => place(a.name) - place(b.name) || (a.name < b.name ? -1 : 1))
  }

  /**
   * The files of a template as the first commit of a Space. @param fields what its card says for this Space.
   * @throws PlazaError bad_request where there is none of this name.
   */
  async changes(template: string, fields: CardFields): Promise<FileChange[]> {
    const name = template.replace(/^templates\//, '')
    const names = await this.#names()
    if (!names.includes(name)) {
      throw new PlazaError('bad_request', `There is no template ${name}.`, `Choose one of: ${names.join(', ')}.`)
    }
    const contents = await contentsOf(path.join(this.#folder, name))
    return [...contents].map(([put, content]) => ({
      put,
      content: put === 'README.md' ? editCard(content.toString('utf8'), fields) : content,
    }))
  }

  async #names(): Promise<string[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => [])
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  }

  async #read(name: string): Promise<Template> {
    const contents = await contentsOf(path.join(this.#folder, name))
    const { title, sdk, emoji, colorFrom, colorTo, shortDescription } = parseCard(
      contents.get('README.md')?.toString('utf8'),
    )
    const described = await this.#describe(filesOf(contents)).catch((error: unknown) => {
      if (error instanceof CardError || error instanceof PlazaError) return { problem: { message: error.message } }
      throw error
    })
    const problem = 'problem' in described ? described.problem.message.replace(/^README\.md line \d+: /, '') : undefined
    return {
      name,
      repoId: `templates/${name}`,
      sdk,
      preferredPrivate: false,
      title: title ?? name,
      ...(emoji === undefined ? {} : { emoji }),
      ...(colorFrom === undefined ? {} : { colorFrom }),
      ...(colorTo === undefined ? {} : { colorTo }),
      ...(shortDescription === undefined ? {} : { shortDescription }),
      files: [...contents.keys()],
      size: [...contents.values()].reduce((sum, content) => sum + content.length, 0),
      ...(problem === undefined ? {} : { problem }),
    }
  }
}

export function templatesRouter(parts: { templates: Templates }): Router {
  const router = Router()
  router.get('/api/spaces/templates', async (_request, response) => {
    const list: TemplateList = { templates: await parts.templates.list() }
    response.json(list)
  })
  return router
}

async function contentsOf(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
  const paths = files.map((entry) => path.join(entry.parentPath, entry.name)).toSorted()
  const contents = paths.map(async (file): Promise<[string, Buffer]> => {
    return [path.relative(folder, file).split(path.sep).join('/'), await readFile(file)]
  })
  return new Map(await Promise.all(contents))
}

/** As the files of a commit that nobody has made yet. */
function filesOf(contents: ReadonlyMap<string, Buffer>): Files {
  const paths = [...contents].map(
    ([name, content]): [string, Files['paths'] extends ReadonlyMap<string, infer Entry> ? Entry : never] => {
      const object = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
      return [name, { kind: 'file', object, size: content.length }]
    },
  )
  return {
    commit: '0'.repeat(40),
    paths: new Map(paths),
    text: async (name) => contents.get(name)?.toString('utf8'),
  }
}
