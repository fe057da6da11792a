# The script below a line "- name: NAME" or "KEY:", and a job's environment.
import sys
lines, wanted, kind = open(sys.argv[1]).read().split("\n"), sys.argv[2], sys.argv[3]
indent = lambda line: len(line) - len(line.lstrip())
at = next(i for i, line in enumerate(lines) if line.strip() == wanted)
start = next(i for i in range(at, len(lines)) if lines[i].strip().startswith(kind))
here, rest = indent(lines[start]), lines[start].strip()[len(kind):].strip()
body = []
for line in lines[start + 1:]:
    if line.strip() and indent(line) <= here:
        break
    body.append(line)
if kind == "run:" and rest != "|":
    body = [rest]
if kind in ("script:", "before_script:"):  # a list of commands, of which one may be a block
    out, block = [], None
    for line in body:
        item = line.strip()
        if item.startswith("- ") and indent(line) == here + 2:
            item, block = item[2:], None
            if item == "|":
                block = indent(line) + 2
                continue
            out.append(item[1:-1] if item[0] == "'" and item[-1] == "'" else item)
        elif block is not None:
            out.append(line[block:])
    body = out
elif kind in ("env:", "variables:"):
    body = ["%s=%s" % tuple(part.strip().strip('"') for part in line.split(":", 1)) for line in body if line.strip()]
else:
    left = min((indent(line) for line in body if line.strip()), default=0)
    body = [line[left:] for line in body]
print("\n".join(body))
