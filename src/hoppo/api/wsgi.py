"""What Granian serves."""

import multiprocessing
import os
import threading

from django.core.wsgi import get_wsgi_application

from hoppo.engine.watching import set_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoppo.engine.settings")
set_up("json" if os.environ.get("HOPPO_LOG") == "json" else "text")
application = get_wsgi_application()


def end_with_parent() -> None:
    """End this process when the one that started it is gone, and let go of the port.

    A killed `hoppo serve` would else leave a door that acknowledges messages nobody clears.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


end_with_parent()
