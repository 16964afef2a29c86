/**
 * What somebody may call a rule or a source: a formula, HTML, a second mail header, a call to everybody, a shell's command,
 * a terminal's escape, a template, SQL and a second line of the line protocol, all in one.
 */
export const hostileText =
  `=HYPERLINK("http://x") <img src=x onerror=alert(1)>\r\nBcc: a@b <!channel> @everyone <@U1> &lt;!here&gt; ` +
  `$(reboot) \`id\` \u001b[2J {{7*7}} '; DROP TABLE alerts; --\ncpu value=1 \u202e\ud800`;
