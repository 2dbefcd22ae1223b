import { useId } from 'react'
import { Link } from 'react-router'
import { Field } from '../../parts/field.tsx'
import { Mark } from '../../parts/mark.tsx'
import { words } from '../../words/create.ts'
import type { Chosen } from '../files/upload-list.ts'
import { Basket } from './basket.tsx'
import type { Change, Draft } from './draft.ts'
import type { FolderRead } from './folder-way.tsx'
import { cardFields, exposedPort, filledCard, isPort, usualPort, withCard } from './recognise.ts'

const largestDockerfile = 200_000

/** What will be sent, or in words why nothing can be. */
export function dockerfileFiles(draft: Draft, beside: FolderRead): Chosen[] | string {
  const say = words().dockerfile
  const { dockerfile } = draft
  if (dockerfile.trim() === '') return say.first
  if (!/^[ \t]*FROM[ \t]/im.test(dockerfile)) return say.noFrom
  if (draft.port !== '' && !isPort(draft.port)) return say.portRule
  if (beside.list.problem !== undefined) return beside.list.problem
  const text = dockerfile.endsWith('\n') ? dockerfile : `${dockerfile}\n`
  const readme = beside.texts['README.md']
  const made = hasOwnCard(beside) ? [] : [fileOf('README.md', withCard(fieldsOf(draft), readme))]
  const names = new Set(['Dockerfile', ...made.map(({ path }) => path)])
  return [fileOf('Dockerfile', text), ...made, ...beside.list.files.filter(({ path }) => !names.has(path))]
}

function fileOf(path: string, text: string): Chosen {
  return { path, file: new File([text], path) }
}

function fieldsOf({ dockerfile, port, name, license }: Draft): Record<string, string> {
  const found = {
    sdk: 'docker' as const,
    byItself: undefined,
    appFile: undefined,
    port: exposedPort(dockerfile),
    sdkVersion: undefined,
    card: undefined,
    readme: false,
    requirements: false,
  }
  const card = { sdk: found.sdk, appFile: '', port, title: '', emoji: '', colorFrom: '', colorTo: '' }
  return cardFields(filledCard(card, found, name), found, license)
}

/** Whether a README that was put beside it says what the Space is. */
export function hasOwnCard({ found }: FolderRead): boolean {
  return found?.card?.['sdk'] !== undefined
}

type Props = {
  draft: Draft
  change: Change
  chosen: readonly Chosen[]
  read: FolderRead
  onChosen: (chosen: Chosen[], root: string) => void
  /** While it is sent, nothing changes. */
  fixed: boolean
}

/** A Dockerfile that is pasted or dropped, what it copies, and the port of its app. */
export function DockerfileWay({ draft, change, chosen, read, onChosen, fixed }: Props) {
  const say = words().dockerfile
  const id = useId()
  const exposed = exposedPort(draft.dockerfile)
  const ownCard = hasOwnCard(read)
  // One that is dropped is read into the field, where it can be looked at and changed.
  const choose = (files: Chosen[], root: string) => {
    const dropped = files.find(({ path, file }) => path === 'Dockerfile' && file.size <= largestDockerfile)
    if (dropped) void dropped.file.text().then((dockerfile) => change({ dockerfile }))
    onChosen(
      files.filter((one) => one !== dropped),
      root,
    )
  }
  return (
    <div className="folder-way dockerfile-way">
      <div className="labelled">
        <label htmlFor={id}>{say.label}</label>
        <div className="field area">
          <textarea
            id={id}
            value={draft.dockerfile}
            rows={8}
            readOnly={fixed}
            spellCheck={false}
            autoCapitalize="none"
            aria-describedby={`${id}-help`}
            placeholder={'FROM python:3.13-slim\nCOPY . .\nEXPOSE 7860\nCMD ["python", "app.py"]'}
            onChange={(event) => change({ dockerfile: event.target.value })}
          />
        </div>
        <p className="help" id={`${id}-help`}>
          {say.help}
        </p>
      </div>
      {ownCard ? (
        <p className="help">{say.ownCard}</p>
      ) : (
        <div className="port">
          <Field
            label={say.port}
            help={exposed === undefined ? say.portUsual : say.portHelp(exposed)}
            value={draft.port}
            placeholder={exposed ?? usualPort}
            inputMode="numeric"
            autoComplete="off"
            readOnly={fixed}
            error={draft.port !== '' && !isPort(draft.port) ? say.portRule : undefined}
            onChange={(event) => change({ port: event.target.value.trim() })}
          />
        </div>
      )}
      <section className="beside-it" aria-labelledby={`${id}-files`}>
        <h2 id={`${id}-files`}>{say.files}</h2>
        <Basket drop={say.drop} chosen={chosen} list={read.list} onChosen={choose} fixed={fixed} />
      </section>
    </div>
  )
}

/** What stands there where nothing builds an image. */
export function NoEngine() {
  const say = words().dockerfile
  return (
    <div className="notice warn">
      <Mark name="failed" />
      <div>
        <p>{say.missing}</p>
        <p>
          {say.missingRemedy(<code>{'plaza doctor'}</code>)}{' '}
          <Link className="link" to="/new/folder">
            {say.folderInstead}
          </Link>
        </p>
      </div>
    </div>
  )
}
