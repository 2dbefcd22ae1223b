import { useQuery } from '@tanstack/react-query'
import { Drawn } from '../../parts/drawn.tsx'
import { Failure } from '../../parts/failure.tsx'
import { words } from '../../words/create.ts'
import { type Template, templatesQuery } from './queries.ts'

function templateWords(template: Template): { title: string; about: string } {
  return words().template.words[template.name] ?? { title: template.title, about: template.shortDescription ?? '' }
}

/** Why a template cannot be chosen here, or undefined. */
function reasonAgainst(template: Template): string | undefined {
  if (template.problem === undefined) return undefined
  const say = words().template
  return template.sdk === 'docker' ? say.cannot : say.cannotFor(template.problem)
}

function TemplateCard({ template, chosen, onChoose }: { template: Template; chosen: boolean; onChoose: () => void }) {
  const { title, about } = templateWords(template)
  const against = reasonAgainst(template)
  return (
    <label className="template card" data-off={against ? '' : undefined} title={against}>
      <input
        type="radio"
        name="template"
        value={template.name}
        checked={chosen}
        aria-disabled={against ? true : undefined}
        onChange={() => !against && onChoose()}
      />
      <span className="screen">
        <span className="pic">
          <Drawn {...template} id={template.repoId} />
        </span>
        <span className="strip">
          <span>{template.sdk}</span>
          <span>{words().template.files(template.files.length)}</span>
        </span>
      </span>
      <b>{title}</b>
      <small>{against ?? about}</small>
    </label>
  )
}

/** Repositories to start from, as drawn cards. */
export function TemplateWay({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const { data: templates, error, refetch } = useQuery(templatesQuery)
  if (error) return <Failure error={error} retry={() => void refetch()} />
  return (
    <fieldset className="templates" aria-busy={templates === undefined}>
      <legend className="sr">{words().template.legend}</legend>
      {templates?.map((template) => (
        <TemplateCard
          key={template.name}
          template={template}
          chosen={template.name === value}
          onChoose={() => onChange(template.name)}
        />
      )) ?? Array.from({ length: 6 }, (_, place) => <div key={place} className="template waiting" />)}
    </fieldset>
  )
}

/** The one that will be used, where it can be. */
export function useTemplate(name: string): Template | undefined {
  const { data: templates } = useQuery(templatesQuery)
  return templates?.find((template) => template.name === name && template.problem === undefined)
}
