# What GitHub's runner would obey in a log.
import re, sys
word, obeyed = None, []
for line in open(sys.argv[1], encoding="utf-8"):
    line = line.strip()
    if word is not None:
        if line == "::%s::" % word:
            word = None
        continue
    stop = re.match(r"::stop-commands::(.+)$", line)
    if stop:
        word = stop.group(1)
    elif line.startswith("::") or "##[" in line:
        obeyed.append(line)
if word is not None:
    obeyed.append("commands stay stopped")
print("\n".join(obeyed))
