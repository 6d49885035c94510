/** Dark or light: as the system has it, until one is chosen; the choice stays with the browser where it may. */
const KEY = 'memvid-theme'

export function startTheme(): void {
  const chosen = read()
  if (chosen) document.documentElement.dataset['theme'] = chosen
}

export function switchTheme(): void {
  const { dataset } = document.documentElement
  const isDark = dataset['theme'] ? dataset['theme'] === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  dataset['theme'] = isDark ? 'light' : 'dark'
  try {
    localStorage.setItem(KEY, dataset['theme'])
  } catch {
    // A page opened from a file may keep nothing.
  }
  dispatchEvent(new Event('memvid-theme'))
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
