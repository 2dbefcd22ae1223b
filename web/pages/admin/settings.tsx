import { useQuery } from '@tanstack/react-query'
import type { Setting } from '../../api/types.ts'
import { Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { words } from '../../words/admin.ts'
import { settingsQuery } from './queries.ts'

function valueWords(setting: Setting): string {
  const { settings } = words()
  if (setting.secret) return settings.set
  if (setting.value === null) return settings.unset
  if (setting.kind === 'file' && setting.value === 'true') return settings.yes
  if (setting.kind === 'file' && setting.value === 'false') return settings.no
  return setting.value
}

function sourceWords(source: Setting['source']): string {
  const { settings } = words()
  switch (source) {
    case 'default':
      return settings.fromDefault
    case 'environment':
      return settings.fromEnvironment
    case 'file':
      return settings.fromFile
  }
}

function SettingRow({ setting }: { setting: Setting }) {
  return (
    <li>
      <div className="grow">
        <strong className="mono">{setting.name}</strong>
        {setting.kind !== 'packages' && <small>{words().settings.about[setting.name]}</small>}
      </div>
      <div className="value">
        <span className={setting.value === null ? 'mono faint' : 'mono'}>{valueWords(setting)}</span>
        <small>{sourceWords(setting.source)}</small>
      </div>
    </li>
  )
}

function Group(props: { title: string; about: string; settings: readonly Setting[] }) {
  if (props.settings.length === 0) return null
  return (
    <section className="section">
      <h2>{props.title}</h2>
      <p>{props.about}</p>
      <ul className="rows in-force">
        {props.settings.map((setting) => (
          <SettingRow key={setting.name} setting={setting} />
        ))}
      </ul>
    </section>
  )
}

/** What this install was told, and where each of it was said. */
export function SettingsTab() {
  const { settings } = words()
  const { data, error, refetch } = useQuery(settingsQuery)
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <LineSkeletons count={6} />
  const of = (kind: Setting['kind']) => data.settings.filter((setting) => setting.kind === kind)
  return (
    <>
      <Group title={settings.environment} about={settings.environmentAbout} settings={of('variable')} />
      <Group title={settings.file} about={settings.fileAbout} settings={of('file')} />
      {data.warnings.length > 0 && (
        <section className="section">
          <h2>{settings.warnings}</h2>
          <ul className="rows">
            {data.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </section>
      )}
      <Group title={settings.packages} about={settings.packagesAbout} settings={of('packages')} />
    </>
  )
}
