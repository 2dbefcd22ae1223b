import type { Me } from '../../api/types.ts'
import { useSession } from '../../api/session.ts'
import { Choice } from '../../parts/choice.tsx'
import { CodeLines } from '../../parts/code.tsx'
import { words } from '../../words/create.ts'
import { pushLines } from '../space/first-push.ts'

/** A Space without files, and the lines that push some to it. */
export function EmptyWay(props: { me: Me; name: string; sdk: string; onSdk: (sdk: string) => void }) {
  const say = words().empty
  const { install } = useSession()
  return (
    <div className="empty-way">
      <Choice
        legend={say.legend}
        name="sdk"
        options={[
          { value: 'gradio', title: say.gradio, about: say.gradioAbout },
          { value: 'streamlit', title: say.streamlit, about: say.streamlitAbout },
          { value: 'static', title: say.static, about: say.staticAbout },
          ...(install?.containers ? [{ value: 'docker', title: say.docker, about: say.dockerAbout }] : []),
        ]}
        value={props.sdk}
        onChange={props.onSdk}
      />
      {install && (
        <>
          <p className="help">{say.afterwards}</p>
          <CodeLines
            label={say.lines}
            lines={pushLines({
              gitUrl: new URL(`/spaces/${props.me.name}/${props.name || 'NAME'}`, install.url).href,
              user: props.me.name,
              token: undefined,
            })}
          />
        </>
      )}
    </div>
  )
}
