"""The large run of everything that must not go wrong: thousands of bad copies, killed runs, full disks, fuzzing.

usage: make soak, or python tests/soak.py [PART …] [--share 0.1] [--seeds 5]; see soak_parts.py
"""

if __name__ == "__main__":  # the processes that read copies load this module too: for them there is nothing in it
    import sys

    from soak_parts import main

    raise SystemExit(main(sys.argv[1:]))
