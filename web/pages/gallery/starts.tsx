import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { Me } from '../../api/types.ts'
import { Drawn } from '../../parts/drawn.tsx'
import { words as create } from '../../words/create.ts'
import { words } from '../../words/gallery.ts'
import { chooseTemplate } from '../new/draft.ts'
import { templatesQuery } from '../new/queries.ts'

/** The templates, where there is no Space to show; those that this install cannot run are left out. */
export function Starts({ me }: { me: Me | null | undefined }) {
  const { data } = useQuery(templatesQuery)
  const templates = data?.filter((template) => template.problem === undefined) ?? []
  if (templates.length === 0) return null
  const say = create().template
  return (
    <section className="starts" aria-labelledby="starts">
      <h2 id="starts">{words().startFrom}</h2>
      <ul className="grid">
        {templates.map((template) => {
          const { title, about } = say.words[template.name] ?? {
            title: template.title,
            about: template.shortDescription ?? '',
          }
          return (
            <li className="card" key={template.name}>
              <div className="screen">
                <div className="pic">
                  <Drawn {...template} id={template.repoId} />
                </div>
                <div className="strip">
                  <span>{template.sdk}</span>
                  <span>{say.files(template.files.length)}</span>
                </div>
              </div>
              <div className="words">
                <h3>
                  <Link to={me ? '/new' : '/sign-in?next=/new'} onClick={() => chooseTemplate(template.name)}>
                    {title}
                  </Link>
                </h3>
                <p className="about">{about}</p>
              </div>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
