export type Option<T extends string> = { value: T; title: string; about: string }

/** One of a few, each with a sentence of what it means. */
export function Choice<T extends string>(props: {
  legend: string
  name: string
  options: readonly Option<T>[]
  value: T
  onChange: (value: T) => void
}) {
  return (
    <fieldset className="choices">
      <legend>{props.legend}</legend>
      {props.options.map((option) => (
        <label className="choice" key={option.value}>
          <input
            type="radio"
            name={props.name}
            value={option.value}
            checked={option.value === props.value}
            onChange={() => props.onChange(option.value)}
          />
          <b>{option.title}</b>
          <small>{option.about}</small>
        </label>
      ))}
    </fieldset>
  )
}
