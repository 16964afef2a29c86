/** An XDG autostart file that runs this command. */
export function desktopEntry(command: readonly string[]): string {
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Plimsoll',
    'Comment=Says when a line is crossed',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether the entry is active at login: desktops disable an entry by a line in it. */
export function isEnabledEntry(text: string): boolean {
  return !/^(?:Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(text);
}

/**
 * Quotes an argument for the key Exec (Desktop Entry Specification 1.5): in quotes with shell characters escaped, then
 * escaped again like every string of the file. A percent sign is doubled, because it would start a field code.
 */
function quoted(word: string): string {
  const shell = word.replace(/["`$\\]/g, (sign) => `\\${sign}`);
  return `"${shell.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`;
}
