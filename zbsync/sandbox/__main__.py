"""`python -m zbsync.sandbox --port P`: the sandbox alone, without Django."""

import sys

from zbsync.sandbox.app import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
