/** Cards that are not there yet: the frame, and nothing that moves. */
export function CardSkeletons({ count }: { count: number }) {
  return (
    <>
      {Array.from({ length: count }, (_, place) => (
        <li className="card skeleton" aria-hidden="true" key={place}>
          <div className="screen">
            <div className="pic" />
            <div className="strip" />
          </div>
          <i />
          <i />
        </li>
      ))}
    </>
  )
}

export function LineSkeletons({ count }: { count: number }) {
  return (
    <div className="skeleton lines" aria-hidden="true">
      {Array.from({ length: count }, (_, place) => (
        <i key={place} />
      ))}
    </div>
  )
}
