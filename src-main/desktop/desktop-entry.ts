/** An autostart file of the XDG specifications that runs these words. */
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

/** Whether a login would run it: desktops switch an entry off by a line in it. */
export function isEnabledEntry(text: string): boolean {
  return !/^(?:Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(text);
}

/**
 * A word of the key Exec (Desktop Entry Specification 1.5): in quotes, with the shell's signs escaped; then escaped
 * once more as any string of the file is; a percent sign would begin a field code.
 */
function quoted(word: string): string {
  const shell = word.replace(/["`$\\]/g, (sign) => `\\${sign}`);
  return `"${shell.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`;
}
