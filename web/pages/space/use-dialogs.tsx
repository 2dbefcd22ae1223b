import './use-dialogs.css'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { endpointsQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { CodeLines } from '../../parts/code.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { serves } from '../../parts/stage.ts'
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
  const about = gradio
    ? 'The endpoints are the functions of the app. A Space that sleeps wakes with the first call.'
    : 'The app answers at its own address. A Space that sleeps wakes with the first call.'
  return (
    <Dialog title="Use via API" about={about} open={open} onClose={onClose}>
      <div className="snippets">
        {snippets.length > 1 && (
          <fieldset className="tray" aria-label="Language">
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
            <span className="label">Endpoint</span>
            <span className="field">
              <select className="mono" value={endpoint?.name} onChange={(event) => setCalled(event.target.value)}>
                {endpoints.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </span>
          </label>
        )}
        {shown?.install && <CodeLines lines={[shown.install]} label="Install the client" />}
        {shown && <CodeBlock text={shown.code} label={`the ${shown.name} example`} />}
        {space.visibility === 'private' && (
          <p>
            This Space is private: put in a token of yours, made on the page{' '}
            <a href="/settings/tokens">Access tokens</a>.
          </p>
        )}
      </div>
      <Done onClose={onClose} />
    </Dialog>
  )
}

/** The app inside somebody's own page. */
export function EmbedDialog({ space, open, onClose }: Props) {
  const fine = mayEmbed(space)
  return (
    <Dialog
      title="Embed"
      about={
        fine
          ? 'Put this into any page. The app runs there as it runs here.'
          : space.visibility === 'private'
            ? 'A private Space opens only for those who may see it, so no other page can show it.'
            : 'Its card says disable_embedding, so no other page can show it.'
      }
      open={open}
      onClose={onClose}
    >
      {fine && (
        <div className="snippets">
          <CodeBlock text={embedSnippet(space)} label="the frame" />
          <CodeLines lines={[`${space.origin}/`]} label="Or link to it" />
        </div>
      )}
      <Done onClose={onClose} />
    </Dialog>
  )
}

/** The same app on one's own machine. */
export function LocalDialog({ space, open, onClose }: Props) {
  const python = space.sdk === 'gradio' || space.sdk === 'streamlit'
  return (
    <Dialog
      title="Run locally"
      about={
        python
          ? 'With git and uv on your machine. Variables and secrets are not part of the files: set those that the app needs.'
          : 'Variables and secrets are not part of the files: set those that the app needs.'
      }
      open={open}
      onClose={onClose}
    >
      <div className="snippets">
        <CodeBlock text={localLines(space).join('\n')} label="the commands" />
      </div>
      <Done onClose={onClose} />
    </Dialog>
  )
}

function Done({ onClose }: { onClose: () => void }) {
  return (
    <div className="do">
      <Button onClick={onClose}>Close</Button>
    </div>
  )
}
