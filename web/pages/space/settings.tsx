import './settings.css'
import { Navigate } from 'react-router'
import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { span } from '../../parts/duration.ts'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/space.ts'
import { CardSection } from './card-form.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { HardwareSection, StorageSection } from './hardware.tsx'
import { RecognisedNote } from './recognised-note.tsx'
import { RenameSection } from './rename.tsx'
import { ReplicasSection } from './replicas.tsx'
import { RunningSection } from './running.tsx'
import { RunsOnFacts } from './runs-on.tsx'
import { Secrets } from './secrets.tsx'
import { SleepDialog } from './sleep.tsx'
import { useSpace } from './use-space.ts'
import { Variables } from './variables.tsx'
import { Visibility } from './visibility.tsx'

/** What its owner can set. */
export function SettingsTab() {
  const space = useSpace()
  const [dialog, setDialog] = useState<'sleep' | 'delete'>()
  const text = words()
  useTitle(text.page.settingsTitle(space.title))
  if (!space.may.settings) return <Navigate to={`/spaces/${space.id}`} replace />
  const process = space.sdk !== 'static'
  const on = space.runsOn
  return (
    <div className="sheet settings">
      <RecognisedNote space={space} />
      {space.may.push && <CardSection space={space} />}
      <Variables space={space} />
      <Secrets space={space} />
      {on && (
        <section className="section">
          <h2>{text.runsOn.heading}</h2>
          <p>{text.runsOn.about}</p>
          <RunsOnFacts space={space} on={on} />
        </section>
      )}
      {process && <HardwareSection key={space.hardware} space={space} />}
      {on && on.replicas.most > 1 && (
        <ReplicasSection key={`replicas ${on.replicas.wanted}`} space={space} replicas={on.replicas} />
      )}
      {process && (
        <section className="section">
          <h2>{text.sleep.heading}</h2>
          <p>{space.sleepAfter < 0 ? text.sleep.never : text.sleep.after(span(space.sleepAfter))}</p>
          <Button onClick={() => setDialog('sleep')}>{text.sleep.change}</Button>
        </section>
      )}
      <StorageSection space={space} />
      {process && space.may.restart && space.stage !== 'NO_APP_FILE' && <RunningSection space={space} />}
      <Visibility space={space} />
      <RenameSection key={space.id} space={space} />
      {space.may.delete && (
        <section className="section">
          <h2>{text.delete.heading}</h2>
          <p>{text.delete.about}</p>
          <Button kind="danger" onClick={() => setDialog('delete')}>
            {text.delete.do}
          </Button>
        </section>
      )}
      <SleepDialog space={space} open={dialog === 'sleep'} onClose={() => setDialog(undefined)} />
      <DeleteDialog space={space} open={dialog === 'delete'} onClose={() => setDialog(undefined)} />
    </div>
  )
}
