import { useId } from 'react'
import { Drawn } from '../../parts/drawn.tsx'
import { useSession } from '../../api/session.ts'
import { Field } from '../../parts/field.tsx'
import { Mark } from '../../parts/mark.tsx'
import { words } from '../../words/create.ts'
import type { CardDraft, Sdk } from './draft.ts'
import { type Found, isPort } from './recognise.ts'

const sdks: readonly Sdk[] = ['gradio', 'streamlit', 'static', 'docker']
const colours = ['red', 'yellow', 'green', 'blue', 'indigo', 'purple', 'pink', 'gray']

type Props = {
  found: Found
  /** Why the platform would not run it as it is; '' where it would. */
  problem: string
}

function packages(found: Found): string {
  const say = words().found
  if (found.byItself?.startsWith('environment.')) return found.byItself
  if (found.sdk === 'docker') return say.fromDockerfile
  if (found.requirements) return say.fromRequirements
  const { sdk, sdkVersion, card } = found
  const version = card?.['sdk_version'] ?? (card ? undefined : sdkVersion)
  return sdk && version !== undefined ? say.fromSdk(`${sdk} ${version}`) : say.noPackages
}

/** What a repository says of itself, row by row. */
export function WhatRuns({ found, problem }: Props) {
  const say = words().found
  const { install } = useSession()
  const lacksEngine = found.sdk === 'docker' && install?.containers === false
  const { card } = found
  const rows = [
    [say.title, card?.['title']],
    [say.sdk, found.sdk],
    [say.app, found.appFile ?? (found.sdk === 'docker' ? 'Dockerfile' : found.byItself)],
    [say.packages, found.sdk === 'static' || found.sdk === undefined ? undefined : packages(found)],
  ] as const
  return (
    <section className="what-runs">
      <h2>{say.heading}</h2>
      <dl>
        {rows.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ),
        )}
      </dl>
      {(problem !== '' || lacksEngine) && (
        <div className="notice warn" aria-live="polite">
          <Mark name="failed" />
          <div>
            <p>{lacksEngine ? say.docker : `${say.problem} ${problem}`}</p>
            <p>{say.later}</p>
          </div>
        </div>
      )}
    </section>
  )
}

type CardProps = {
  found: Found
  /** What is written where nothing was chosen. */
  filled: CardDraft
  card: CardDraft
  onChange: (card: CardDraft) => void
}

function Select(props: {
  label: string
  value: string
  options: readonly (readonly [value: string, words: string])[]
  onChange: (value: string) => void
}) {
  const id = useId()
  return (
    <div className="labelled">
      <label htmlFor={id}>{props.label}</label>
      <div className="field">
        <select id={id} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
          {props.options.map(([value, shown]) => (
            <option key={value} value={value}>
              {shown}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}

/** Where there is no card: the one that is added, to be changed before. */
export function CardOffer({ found, filled, card, onChange }: CardProps) {
  const say = words().card
  const { install } = useSession()
  const itself = found.byItself
  // Also where a Dockerfile was found: it is what its author made.
  const offered = sdks.filter((sdk) => sdk !== 'docker' || install?.containers === true || filled.sdk === 'docker')
  const change = (part: Partial<CardDraft>) => onChange({ ...card, ...part })
  const colour = colours.map((name) => [name, say.colours[name] ?? name] as const)
  return (
    <section className="card-offer">
      <h2>{say.heading}</h2>
      <p>
        {itself !== undefined && filled.sdk === ''
          ? say.itself(itself)
          : found.sdk === undefined
            ? words().found.nothing
            : say.missing}
      </p>
      <div className="card-form">
        <div className="screen">
          <div className="pic">
            <Drawn id={filled.title} {...filled} />
          </div>
          <div className="strip">
            <span>{filled.title}</span>
            <span>{filled.sdk || found.sdk}</span>
          </div>
        </div>
        <div className="card-fields">
          <Select
            label={say.sdk}
            value={filled.sdk}
            options={[
              ...(itself === undefined ? [] : [['', say.byFile(itself)] as const]),
              ...offered.map((sdk) => [sdk, say.sdks[sdk]] as const),
            ]}
            onChange={(sdk) => change({ sdk: sdks.find((one) => one === sdk) ?? '', appFile: '' })}
          />
          {filled.sdk === 'docker' && (
            <Field
              label={say.port}
              value={card.port}
              placeholder={filled.port}
              inputMode="numeric"
              error={isPort(filled.port) ? undefined : words().dockerfile.portRule}
              onChange={(event) => change({ port: event.target.value.trim() })}
              autoComplete="off"
            />
          )}
          {filled.sdk !== 'docker' && filled.sdk !== '' && (
            <Field
              label={say.app}
              value={card.appFile}
              placeholder={filled.appFile}
              onChange={(event) => change({ appFile: event.target.value })}
              autoComplete="off"
              autoCapitalize="none"
            />
          )}
          <Field
            label={say.title}
            value={card.title}
            placeholder={filled.title}
            maxLength={200}
            onChange={(event) => change({ title: event.target.value })}
            autoComplete="off"
          />
          <Field
            label={say.emoji}
            value={card.emoji}
            placeholder={filled.emoji}
            maxLength={12}
            onChange={(event) => change({ emoji: event.target.value })}
            autoComplete="off"
          />
          <Select
            label={say.from}
            value={filled.colorFrom}
            options={colour}
            onChange={(colorFrom) => change({ colorFrom })}
          />
          <Select label={say.to} value={filled.colorTo} options={colour} onChange={(colorTo) => change({ colorTo })} />
        </div>
      </div>
    </section>
  )
}
