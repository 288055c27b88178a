"""`python -m hoppo` is `hoppo`."""

from hoppo.cli.main import main

if __name__ == "__main__":
    main()
