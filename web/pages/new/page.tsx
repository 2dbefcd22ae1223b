import './new.css'
import { useQueryClient } from '@tanstack/react-query'
import { Container, FolderUp, GitBranch, LayoutTemplate, SquareDashed } from 'lucide-react'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { Navigate, NavLink, useLocation, useParams } from 'react-router'
import { useSession } from '../../api/session.ts'
import type { Me } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { NotFound } from '../../parts/page-error.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/create.ts'
import { sizeWords } from '../files/kind.ts'
import type { Chosen } from '../files/upload-list.ts'
import { DockerfileWay, dockerfileFiles, hasOwnCard, NoEngine } from './dockerfile-way.tsx'
import { useDraft } from './draft.ts'
import { EmptyWay } from './empty-way.tsx'
import { FolderWay, useFolder } from './folder-way.tsx'
import { Bar, GitWay, nameOfAddress, useImport } from './git-way.tsx'
import { nameProblem } from './name-problem.ts'
import { NameField, PlaceFields } from './place-fields.tsx'
import { nameQuery } from './queries.ts'
import { cardFields, filledCard, type Found, withCard } from './recognise.ts'
import type { Sending } from './send-folder.ts'
import { TemplateWay, useTemplate } from './template-way.tsx'
import { type Source, useCreate } from './use-create.ts'
import { CardOffer } from './what-runs.tsx'

const ways = ['template', 'git', 'folder', 'dockerfile', 'empty'] as const
type Way = (typeof ways)[number]

const icons = { template: LayoutTemplate, git: GitBranch, folder: FolderUp, dockerfile: Container, empty: SquareDashed }

function isWay(text: string): text is Way {
  return ways.some((way) => way === text)
}

function Ways({ chosen }: { chosen: Way }) {
  const say = words()
  const row = useRef<HTMLElement>(null)
  // A phone has no room for all of them: the chosen one is in view.
  useEffect(() => {
    row.current?.children[ways.indexOf(chosen)]?.scrollIntoView({ inline: 'center', block: 'nearest' })
  }, [chosen])
  return (
    <nav className="ways" aria-label={say.waysLabel} ref={row}>
      {ways.map((way) => {
        const Icon = icons[way]
        return (
          <NavLink key={way} to={way === 'template' ? '/new' : `/new/${way}`} end preventScrollReset>
            <Icon className="i" />
            {say.ways[way]}
          </NavLink>
        )
      })}
    </nav>
  )
}

function SendingNow({ sending, files }: { sending: Sending; files: number }) {
  const say = words().folder
  if (sending.step !== 'sending') {
    const text = sending.step === 'reading' ? say.reading : say.recording
    return (
      <div className="progress" aria-live="polite">
        <p>{text}</p>
        <Bar fraction={undefined} label={text} />
      </div>
    )
  }
  const text = say.sending(sizeWords(sending.sent), sizeWords(sending.all))
  return (
    <div className="progress" aria-live="polite">
      <p>{`${say.sent(sending.done, files)} · ${text}`}</p>
      <Bar fraction={sending.all === 0 ? undefined : sending.sent / sending.all} label={text} />
    </div>
  )
}

function Form({ me, way }: { me: Me; way: Way }) {
  const say = words()
  const queries = useQueryClient()
  const { draft, change, clear } = useDraft()
  const [chosen, setChosen] = useState<Chosen[]>([])
  const [beside, setBeside] = useState<Chosen[]>([])
  const [tried, setTried] = useState(false)
  const template = useTemplate(draft.template)
  const imported = useImport(draft.importId)
  const folder = useFolder(chosen)
  const copied = useFolder(beside)
  const { create, isPending, error, reset, sending, made } = useCreate(me.name, draft, clear)

  const found: Found | undefined = way === 'git' ? imported.found : way === 'folder' ? folder.found : undefined
  const lacksCard = found !== undefined && found.card === undefined
  const card = found && filledCard(draft.card, found, draft.name || 'demo')
  const fields = found && card && lacksCard ? cardFields(card, found, draft.license) : undefined
  const ofFiles = card?.sdk || found?.sdk
  const sdk = { template: template?.sdk, git: ofFiles, folder: ofFiles, dockerfile: 'docker', empty: draft.sdk }[way]

  function source(): Source | string {
    switch (way) {
      case 'template':
        return template ? { way, template: template.name } : say.template.first
      case 'git': {
        if (imported.view?.state !== 'ready') return say.git.first
        const license: Record<string, string> = draft.license === '' ? {} : { license: draft.license }
        return { way, importId: draft.importId, card: fields ?? license }
      }
      case 'folder': {
        const { list, texts } = folder
        if (list.files.length === 0 || !found) return say.folder.first
        if (list.problem !== undefined) return list.problem
        if (!fields) return { way, files: list.files }
        const readme = new File([withCard(fields, texts['README.md'])], 'README.md')
        const others = list.files.filter(({ path }) => path !== 'README.md')
        return { way, files: [{ path: 'README.md', file: readme }, ...others] }
      }
      case 'dockerfile': {
        const files = dockerfileFiles(draft, copied)
        return typeof files === 'string' ? files : { way: 'folder', files }
      }
      case 'empty':
        return { way, sdk: draft.sdk }
    }
  }

  const from = source()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    const taken = queries.getQueryData(nameQuery(me.name, draft.name).queryKey)?.free === false && made === ''
    if (nameProblem(draft.name) || taken) {
      document.querySelector<HTMLInputElement>('.new-space .name input')?.focus()
      return
    }
    if (typeof from !== 'string' && !isPending) create(from)
  }
  const choose = (keep: (files: Chosen[]) => void) => (files: Chosen[], root: string) => {
    reset()
    keep(files)
    const name = nameOfAddress(root)
    if (draft.name === '' && name !== '') change({ name })
  }

  return (
    <form className="form wide new-space" noValidate onSubmit={submit}>
      <section className="from">
        {way === 'template' && <TemplateWay value={draft.template} onChange={(name) => change({ template: name })} />}
        {way === 'git' && <GitWay draft={draft} change={change} />}
        {way === 'folder' && <FolderWay chosen={chosen} read={folder} onChosen={choose(setChosen)} fixed={isPending} />}
        {way === 'dockerfile' && (
          <DockerfileWay
            draft={draft}
            change={change}
            chosen={beside}
            read={copied}
            onChosen={choose(setBeside)}
            fixed={isPending}
          />
        )}
        {way === 'empty' && (
          <EmptyWay me={me} name={draft.name} sdk={draft.sdk} onSdk={(name) => change({ sdk: name })} />
        )}
      </section>
      {lacksCard && card && (
        <CardOffer found={found} filled={card} card={draft.card} onChange={(next) => change({ card: next })} />
      )}
      <div className="name">
        <NameField owner={me.name} draft={draft} change={change} tried={tried} made={made !== ''} />
      </div>
      <PlaceFields
        draft={draft}
        change={change}
        sdk={sdk}
        licenseOtherwise={
          way === 'empty' || (way === 'folder' && !lacksCard) || (way === 'dockerfile' && hasOwnCard(copied))
            ? undefined
            : lacksCard || way === 'dockerfile'
              ? say.license.none
              : say.license.kept
        }
      />
      {made !== '' && error !== null && (
        <div className="notice warn">
          <Mark name="failed" />
          <p>{say.folder.there(made)}</p>
        </div>
      )}
      <Refusal error={error} />
      {sending && (
        <SendingNow
          sending={sending}
          files={typeof from !== 'string' && from.way === 'folder' ? from.files.length : 0}
        />
      )}
      <div className="do">
        <Button kind="go" type="submit" busy={isPending && say.creating} refused={typeof from === 'string' && from}>
          {made !== '' ? say.folder.again : say.submit}
        </Button>
        <p className="help">{way === 'empty' ? say.empty.follow : say.follow}</p>
      </div>
    </form>
  )
}

export function NewSpacePage() {
  const { me, install } = useSession()
  const { way = 'template' } = useParams()
  const { pathname } = useLocation()
  const say = words()
  useTitle(say.title)
  if (!isWay(way)) return <NotFound />
  if (me === null) return <Navigate to={`/sign-in?next=${encodeURIComponent(pathname)}`} replace />
  return (
    <main className="sheet docked">
      <header>
        <h1>{say.title}</h1>
        <p>{say.about}</p>
      </header>
      <Ways chosen={way} />
      {me && (way === 'dockerfile' && !install?.containers ? <NoEngine /> : <Form me={me} way={way} />)}
    </main>
  )
}
