# The simplest script: one number, named after the file. It needs psutil in the Python that runs it.
import psutil


def collect():
    return psutil.cpu_percent()
