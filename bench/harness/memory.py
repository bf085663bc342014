# memory.py CMD... - runs CMD, then prints on a line of its own how many KiB of memory it had at most.
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
if status != 0:
    sys.exit(status)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
