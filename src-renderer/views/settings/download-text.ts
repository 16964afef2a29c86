/** Hands a text to the browser as a file of that name, as if it had been a link to one. */
export function downloadText(name: string, text: string, type = 'application/yaml'): void {
  downloadFile(name, text, type);
}

/** The same with whatever a file holds. */
export function downloadFile(name: string, content: string | Blob, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken hold of it by the next turn.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
