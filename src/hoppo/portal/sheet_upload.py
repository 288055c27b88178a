"""How a sheet comes in: into memory and sealed from there, never in clear on a disk."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from hoppo.portal.sheet_reading import MOST_BYTES

# So much more than may come is read and dropped, for the sender to be told; beyond it he is cut.
PATIENCE = 4


class IntoMemory(FileUploadHandler):
    """Takes one file of at most 50 MB; of a larger one nothing is kept."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any,  # noqa: N803
        encoding: str | None = None,
    ) -> None:  # fmt: skip
        """Cut who sends far too much before anything is read."""
        del input_data, META, boundary, encoding
        if content_length > PATIENCE * MOST_BYTES:
            raise StopUpload(connection_reset=True)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nothing."""
        super().new_file(*args, **kwargs)
        self._data = bytearray()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Keep what came; stop when it is too much."""
        if len(self._data) + len(raw_data) > MOST_BYTES:
            self._data = bytearray()
            raise StopUpload(connection_reset=False)
        self._data += raw_data

    def file_complete(self, file_size: int) -> SimpleUploadedFile:  # noqa: ARG002
        """The file as pages take it."""
        data, self._data = bytes(self._data), bytearray()
        return SimpleUploadedFile(self.file_name or "", data)
