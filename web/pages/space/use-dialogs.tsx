import './use-dialogs.css'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { endpointsQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { CodeLines } from '../../parts/code.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { serves } from '../../parts/stage.ts'
import { words } from '../../words/space.ts'
import { CodeBlock } from './code-block.tsx'
import { apiSnippets, embedSnippet, localLines, mayEmbed } from './snippets.ts'

type Props = { space: SpaceDetail; open: boolean; onClose: () => void }

/** Programs that call the app. */
export function ApiDialog({ space, open, onClose }: Props) {
  const gradio = space.sdk === 'gradio'
  const { data: endpoints } = useQuery({ ...endpointsQuery(space.id), enabled: open && gradio && serves(space.stage) })
  const [called, setCalled] = useState('')
  const endpoint = endpoints?.find(({ name }) => name === called) ?? endpoints?.[0]
  const snippets = apiSnippets(space, endpoint)
  const [chosen, setChosen] = useState(snippets[0]?.name)
  const shown = snippets.find(({ name }) => name === chosen) ?? snippets[0]
  const { api } = words()
  return (
    <Dialog title={api.title} about={gradio ? api.aboutGradio : api.about} open={open} onClose={onClose}>
      <div className="snippets">
        {snippets.length > 1 && (
          <fieldset className="tray" aria-label={api.language}>
            {snippets.map(({ name }) => (
              <button
                key={name}
                type="button"
                className="chip"
                aria-pressed={name === shown?.name}
                onClick={() => setChosen(name)}
              >
                {name}
              </button>
            ))}
          </fieldset>
        )}
        {endpoints && endpoints.length > 1 && (
          <label className="labelled">
            <span className="label">{api.endpoint}</span>
            <span className="field">
              <select className="mono" value={endpoint?.name} onChange={(event) => setCalled(event.target.value)}>
                {endpoints.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </span>
          </label>
        )}
        {shown?.install && <CodeLines lines={[shown.install]} label={api.install} />}
        {shown && <CodeBlock text={shown.code} {...api.example(shown.name)} />}
        {space.visibility === 'private' && <p>{api.tokenNeeded()}</p>}
      </div>
      <Done onClose={onClose} />
    </Dialog>
  )
}

/** The app inside somebody's own page. */
export function EmbedDialog({ space, open, onClose }: Props) {
  const fine = mayEmbed(space)
  const { embed } = words()
  return (
    <Dialog
      title={embed.title}
      about={fine ? embed.about : space.visibility === 'private' ? embed.private : embed.forbidden}
      open={open}
      onClose={onClose}
    >
      {fine && (
        <div className="snippets">
          <CodeBlock text={embedSnippet(space)} {...embed.code} />
          <CodeLines lines={[`${space.origin}/`]} label={embed.link} />
        </div>
      )}
      <Done onClose={onClose} />
    </Dialog>
  )
}

/** The same app on one's own machine. */
export function LocalDialog({ space, open, onClose }: Props) {
  const { local } = words()
  const python = space.sdk === 'gradio' || space.sdk === 'streamlit'
  return (
    <Dialog title={local.title} about={python ? local.aboutPython : local.about} open={open} onClose={onClose}>
      <div className="snippets">
        <CodeBlock text={localLines(space).join('\n')} {...local.code} />
      </div>
      <Done onClose={onClose} />
    </Dialog>
  )
}

function Done({ onClose }: { onClose: () => void }) {
  return (
    <div className="do">
      <Button onClick={onClose}>{words().api.close}</Button>
    </div>
  )
}
