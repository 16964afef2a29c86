import { violationCharacters, violationsAtMost } from './limits.ts';

/**
 * The program that Python runs (`python -c`). The first line of its stdin is JSON with `path`, `name` (of the module)
 * and `source` (Base64). Each further line requests one reading: `settings`, `metrics`, `seconds`. It answers each with
 * a line of JSON on the original stdout: `{collected: [[name, number], …], leftOut: [[name, why], …]}`, with the name
 * "" if `collect()` returned a single number, or `{failed: text}`. If the module has a function `check`, `violations:
 * [[name, level], …]` is what it found, unless it failed.
 *
 * The module stays loaded between readings, so that it can remember things, as `psutil.cpu_percent()` must. Its output
 * goes to stderr and never mixes with an answer, and its stdin is empty. The approved bytes are compiled unchanged. The
 * script's folder is not searched for modules, because the files there were not approved. It ends when its stdin
 * closes, or by an alarm if a reading outlives the process that requested it.
 */
export const pythonRunner = String.raw`
import sys
# Before anything else is imported: the folder of the script is where this Python was started.
sys.path[:] = [entry for entry in sys.path if entry != ""]
import os
sys.path[:] = [entry for entry in sys.path if entry != os.getcwd()]
import base64, json, math, numbers, types
questions = os.fdopen(os.dup(0), "rb")
nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(nothing, 0)
os.close(nothing)
result = os.dup(1)
os.dup2(2, 1)
sys.stdout = sys.stderr
asked = json.loads(questions.readline())
sys.argv = [asked["path"]]
try:
    from signal import alarm
except ImportError:
    def alarm(seconds):
        pass

def say(answer):
    data = (json.dumps(answer) + "\n").encode()
    try:
        sys.stderr.flush()
        while data:
            data = data[os.write(result, data):]
    except OSError:
        os._exit(1)

def line_of(error):
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == asked["path"]:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None and isinstance(error, SyntaxError):
        line = error.lineno
    return "" if line is None else " (line %d)" % line

def number_in(value):
    if value is None:
        return None, "is None"
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return None, "is %s, which is no number" % value
    import decimal
    if not isinstance(value, (numbers.Real, decimal.Decimal)):
        return None, "is of type %s, which is no number" % type(value).__name__
    try:
        value = float(value)
    except (OverflowError, ValueError):
        return None, "is too large"
    if not math.isfinite(value):
        return None, "is %r, which is no number" % value
    return value, None

def called(function, *given):
    # With as many of these as it takes.
    import inspect
    kind = inspect.Parameter
    try:
        kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        kinds = []
    if kind.VAR_POSITIONAL not in kinds:
        given = given[:sum(each in (kind.POSITIONAL_ONLY, kind.POSITIONAL_OR_KEYWORD) for each in kinds)]
    found = function(*given)
    if type(found).__name__ == "coroutine":
        import asyncio
        found = asyncio.run(found)
    return found

def load():
    module = types.ModuleType(asked["name"])
    module.__file__ = asked["path"]
    sys.modules[asked["name"]] = module
    exec(compile(base64.b64decode(asked["source"]), asked["path"], "exec"), module.__dict__)
    return module

def violation_in(said):
    name, level = said, 1
    if isinstance(said, dict):
        name = said.get("name")
        level = 2 if said.get("severity") == "critical" else 1
    if not isinstance(name, str) or name.strip() == "":
        return None
    return [name.strip()[:${violationCharacters}], level]

def add_violations(answer, check, metrics, found):
    # Where it fails nothing is known of violations, and the numbers count all the same.
    try:
        said = called(check, metrics, found)
        said = [] if said is None or said is False else list(said) if isinstance(said, (list, tuple)) else [said]
    except BaseException as error:
        answer["leftOut"].append(["check()", failure(error)["failed"]])
        return
    violations = [violation_in(each) for each in said[:${violationsAtMost}]]
    answer["violations"] = [each for each in violations if each is not None]
    if None in violations:
        answer["leftOut"].append(["check()", "returned what is no violation: neither a text nor a dict with name and severity"])
    if len(said) > ${violationsAtMost}:
        answer["leftOut"].append(["check()", "returned %d violations, of which ${violationsAtMost} are kept" % len(said)])

def read(module, question):
    collect, check = getattr(module, "collect", None), getattr(module, "check", None)
    if not callable(collect) and not callable(check):
        return {"failed": "has no function collect()"}
    found = called(collect, question["settings"]) if callable(collect) else {}
    answer = numbers_in(found)
    if callable(check):
        add_violations(answer, check, question["metrics"], found)
    return answer

def numbers_in(found):
    collected, left_out = [], []
    for name, value in list(found.items() if isinstance(found, dict) else [("", found)])[:300]:
        number, why = number_in(value)
        if not isinstance(name, str):
            left_out.append([str(name)[:201], "has a name that is no text"])
        elif why is not None:
            left_out.append([name[:201], why])
        else:
            collected.append([name[:201], number])
    return {"collected": collected, "leftOut": left_out}

def failure(error):
    if isinstance(error, SystemExit):
        code = "" if error.code is None else repr(error.code)[:100]
        return {"failed": "called sys.exit(%s) instead of returning%s" % (code, line_of(error))}
    said = str(error).strip().split("\n")[0][:300]
    text = "failed%s: %s%s" % (line_of(error), type(error).__name__, ": " + said if said else "")
    if isinstance(error, ModuleNotFoundError):
        text += ". Modules come from the Python that runs it (%s), never from the script's own folder" % sys.executable
    return {"failed": text}

module = None
for question in questions:
    question = json.loads(question)
    alarm(question["seconds"])
    try:
        if module is None:
            module = load()
        answer = read(module, question)
    except BaseException as error:
        answer = failure(error)
    alarm(0)
    say(answer)
os._exit(0)
`;
