// Copies a command with one click. Where the browser allows no clipboard (no TLS) the command is selected instead.
const SAID_MS = 2_000

export function copyOnClick() {
  document.addEventListener('click', async (event) => {
    const button = event.target instanceof Element ? event.target.closest('button.copy') : null
    const command = button?.previousElementSibling
    if (!button || !command) return
    const isCopied = await copy(command)
    const said = button.textContent
    if (said !== 'Copy') return
    button.textContent = isCopied ? 'Copied' : 'Selected'
    announce(isCopied ? 'Copied to the clipboard' : 'Selected, copy it with your keyboard')
    setTimeout(() => {
      button.textContent = said
    }, SAID_MS)
  })
}

/** @param {Element} command */
async function copy(command) {
  try {
    await navigator.clipboard.writeText(command.textContent ?? '')
    return true
  } catch {
    getSelection()?.selectAllChildren(command)
    return false
  }
}

/** @param {string} words */
function announce(words) {
  const said = document.querySelector('#said')
  if (said) said.textContent = words
}
