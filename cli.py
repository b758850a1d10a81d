"""Run kttt-xl from a checkout: python cli.py --help."""

from kttt_xl.commands import main

if __name__ == "__main__":
    main()
