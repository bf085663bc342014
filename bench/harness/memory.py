# memory.py CMD... - runs CMD, then prints its maximum resident set size in KiB on a separate line.
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
if status != 0:
    sys.exit(status)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
