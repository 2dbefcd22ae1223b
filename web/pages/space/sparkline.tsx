/** A line of values without axes, the newest at the right; it fills its box. Values go from 0 to `most`. */
export function Sparkline(props: { values: readonly number[]; most: number; points: number; filled?: boolean }) {
  const { values, most, points } = props
  const step = 100 / (points - 1)
  const start = 100 - (values.length - 1) * step
  const line = values
    .map((value, place) => {
      const height = most > 0 ? Math.min(1, value / most) : 0
      return `${(start + place * step).toFixed(2)},${(100 - height * 96 - 2).toFixed(2)}`
    })
    .join(' ')
  return (
    <svg className="sparkline" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      {props.filled && values.length > 1 && (
        <polygon points={`${start.toFixed(2)},100 ${line} 100,100`} vectorEffect="non-scaling-stroke" />
      )}
      <polyline points={line} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
