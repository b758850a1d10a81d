"""Run the commands with python -m kttt_xl."""

from kttt_xl.commands import main

if __name__ == "__main__":
    main()
