#!/bin/sh
# A Nagios plugin: a line for people, performance data behind the bar, and 0, 1, 2 or 3 as its exit code.
warn="${PLIMSOLL_SETTING_WARN:-1000}"
files=$(ls -A "${TMPDIR:-/tmp}" | wc -l)
if [ "$files" -gt "$warn" ]; then state=WARNING code=1; else state=OK code=0; fi
echo "TMP $state - $files entries | entries=$files;$warn"
exit "$code"
