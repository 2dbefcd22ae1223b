// Runs before the first paint, so that a dark room never flashes white. parts/theme-switch.tsx writes the same key.
;(function () {
  let wish = null
  try {
    wish = localStorage.getItem('plaza-theme')
  } catch {}
  const dark = wish ? wish === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
