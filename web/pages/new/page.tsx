import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Navigate, useNavigate } from 'react-router'
import { ApiError, post } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { Me } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Choice, type Option } from '../../parts/choice.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { useTitle } from '../../parts/title.ts'

const sdks: readonly Option<string>[] = [
  { value: 'gradio', title: 'Gradio or Python', about: 'app.py with Gradio, FastAPI, or any server of its own.' },
  { value: 'streamlit', title: 'Streamlit', about: 'app.py that Streamlit runs.' },
  { value: 'static', title: 'Static', about: 'index.html and what belongs to it. No process, always awake.' },
]

const visibilities: readonly Option<'public' | 'private'>[] = [
  { value: 'public', title: 'Public', about: 'Everybody can open the app and see its files.' },
  { value: 'private', title: 'Private', about: 'Only you and administrators can see it.' },
]

/** What the server accepts, said while one types. */
function nameProblem(name: string): string | undefined {
  if (name === '') return 'Give it a name: it becomes part of the address.'
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return 'Use letters, digits, - _ and . only.'
  if (name.length > 96) return 'Use 96 characters at most.'
  if (name.includes('..') || name === '.' || name.toLowerCase().endsWith('.git'))
    return 'Without “..”, and without .git at the end.'
  return undefined
}

function Form({ me }: { me: Me }) {
  const [name, setName] = useState('')
  const [sdk, setSdk] = useState('gradio')
  const [visibility, setVisibility] = useState<'public' | 'private'>('public')
  const [tried, setTried] = useState(false)
  const navigate = useNavigate()
  const wrong = nameProblem(name)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => post('/api/repos/create', { type: 'space', name, sdk, visibility }),
    onSuccess: () => navigate(`/spaces/${me.name}/${name}`),
  })
  const taken = error instanceof ApiError && error.status === 409
  return (
    <form
      className="form wide"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (!wrong && !isPending) mutate()
      }}
    >
      <Field
        label="Name"
        before={`${me.name}/`}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={
          (tried || name !== '' ? wrong : undefined) || (taken ? `You have a Space of this name already.` : undefined)
        }
        help="Part of its address, and what git pushes to."
        autoComplete="off"
        autoCapitalize="none"
        placeholder="bread-clock"
      />
      <Choice legend="What it is made with" name="sdk" options={sdks} value={sdk} onChange={setSdk} />
      <Choice
        legend="Who can see it"
        name="visibility"
        options={visibilities}
        value={visibility}
        onChange={setVisibility}
      />
      {!taken && <Refusal error={error} />}
      <div className="do">
        <Button kind="go" type="submit" busy={isPending && 'Creating'}>
          Create Space
        </Button>
        <p className="help">It is empty at first. The next page shows the three lines that push to it.</p>
      </div>
    </form>
  )
}

export function NewSpacePage() {
  const { me } = useSession()
  useTitle('New Space')
  if (me === null) return <Navigate to="/sign-in?next=/new" replace />
  return (
    <main className="sheet docked">
      <header>
        <h1>New Space</h1>
        <p>A Space is a git repository that runs. Name it, push your demo, and it is live at an address of its own.</p>
      </header>
      {me && <Form me={me} />}
    </main>
  )
}
