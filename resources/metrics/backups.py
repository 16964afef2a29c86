# Several numbers, and a setting. In the settings of Plimsoll:
#   - { name: backups, kind: script, file: backups.py, settings: { folder: /var/backups } }
import os
import time


def collect(settings):
    folder = settings.get("folder", os.path.dirname(__file__))
    files = [entry.stat() for entry in os.scandir(folder) if entry.is_file()]
    found = {"backup_files": len(files)}
    # What is not known is left out: there is no age of a backup that does not exist.
    if files:
        found["newest_backup_age_seconds"] = time.time() - max(file.st_mtime for file in files)
    return found
