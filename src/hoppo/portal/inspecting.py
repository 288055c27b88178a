"""What inspectors found in parcels: the result, a note, photos."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from hoppo.engine.database import Database
from hoppo.portal.speech import Said
from hoppo.values.moments import beijing_day

Connection = psycopg.Connection[Any]
PURPOSE = b"inspection photo"
MOST_PHOTOS = 6
MOST_PHOTO_BYTES = 5 * 1024 * 1024
# All photos of a form, and room for its other fields.
MOST_BYTES = MOST_PHOTOS * MOST_PHOTO_BYTES + 64 * 1024
MOST_RESULTS = 9
AS_DECLARED = "as_declared"
RESULTS = {
    AS_DECLARED: Said("Goods as declared", "货证相符"),
    "quantity": Said("Quantity differs", "数量不符"),
    "goods": Said("Goods differ", "品名、规格不符"),
    "prohibited": Said("Prohibited or restricted goods", "夹带禁限物品"),
    "infringing": Said("Suspected infringement", "涉嫌侵权"),
    "damaged": Said("Damaged or empty parcel", "包裹破损或空包"),
    "other": Said("Something else", "其他"),
}


class PhotoFault(Exception):
    """A photo cannot be kept; `said` is why, in both languages."""

    def __init__(self, said: Said) -> None:
        """Take the sentence."""
        super().__init__(said.en)
        self.said = said


class Photo(NamedTuple):
    """A picture in clear, and the type that its first bytes prove."""

    kind: str
    data: bytes


class Result(NamedTuple):
    """What was found, by whom, and the numbers of its photos."""

    number: int
    made_at: datetime
    username: str
    result: str
    note: str
    photos: list[int]

    @property
    def name(self) -> Said:
        """What was found, in words."""
        return RESULTS.get(self.result) or Said(self.result, self.result)


def kind_of(data: bytes) -> str:
    """The type of a picture by its first bytes, whatever its name says; empty for any other."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def read_photos(files: Sequence[Any]) -> list[Photo]:
    """Uploaded photos, each looked at; raises PhotoFault at the first that will not do."""
    if len(files) > MOST_PHOTOS:
        raise PhotoFault(
            Said(
                f"{len(files)} photos were chosen; at most {MOST_PHOTOS} can be kept with a result."
                " Choose fewer.",
                f"已选择 {len(files)} 张照片，每次结果最多 {MOST_PHOTOS} 张，请减少后重新提交。",
            )
        )
    photos = []
    for number, file in enumerate(files, 1):
        size = file.size or 0
        if size > MOST_PHOTO_BYTES:
            raise PhotoFault(
                Said(
                    f"Photo {number} has {size / 1048576:.1f} MB; at most 5 MB are kept."
                    " Make it smaller.",
                    f"第 {number} 张照片大小为 {size / 1048576:.1f} MB，上限 5 MB，请压缩后重试。",
                )
            )
        data = file.read()
        kind = kind_of(data)
        if not kind:
            raise PhotoFault(
                Said(
                    f"Photo {number} is no JPEG, PNG or WebP picture, whatever it is called."
                    " Choose a photo.",
                    f"第 {number} 个文件内容不是 JPEG、PNG 或 WebP 图片，请重新选择照片。",
                )
            )
        photos.append(Photo(kind, data))
    return photos


def results_of(connection: Connection, place: tuple[str, str, str]) -> list[Result]:
    """All results about a list, the newest first."""
    rows = connection.execute(
        "SELECT i.id, i.made_at, i.username, i.result, i.note, ARRAY(SELECT p.number"
        " FROM portal_inspection_photo p WHERE p.inspection_id = i.id ORDER BY p.number)"
        " FROM portal_inspection i WHERE i.order_no = %s AND i.declarant_code = %s"
        " AND i.cop_no = %s ORDER BY i.id DESC",
        place,
    )
    return [Result(*row) for row in rows]


def keep_result(  # noqa: PLR0913 - a result is all this
    connection: Connection,
    database: Database,
    place: tuple[str, str, str],
    username: str,
    now: datetime,
    result: str,
    note: str,
    photos: Sequence[Photo],
) -> None:
    """Store a result with its photos, which are sealed: a parcel's label names people."""
    row = connection.execute(
        "INSERT INTO portal_inspection (order_no, declarant_code, cop_no, made_at, username,"
        " result, note) VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [*place, now, username, result, note],
    ).fetchone()
    day = beijing_day(now)
    for number, photo in enumerate(photos, 1):
        sealed = database.keys.encrypt(connection, day, photo.data, PURPOSE)
        connection.execute(
            "INSERT INTO portal_inspection_photo (inspection_id, number, kind, key_day, sealed)"
            " VALUES (%s, %s, %s, %s, %s)",
            [row and row[0], number, photo.kind, day, sealed],
        )


def photo_of(
    connection: Connection,
    database: Database,
    place: tuple[str, str, str],
    result: int,
    number: int,
) -> Photo | None:
    """A photo of a list's inspection in clear; None when that list has none such."""
    row = connection.execute(
        "SELECT p.kind, p.key_day, p.sealed FROM portal_inspection_photo p"
        " JOIN portal_inspection i ON i.id = p.inspection_id WHERE i.order_no = %s"
        " AND i.declarant_code = %s AND i.cop_no = %s AND i.id = %s AND p.number = %s",
        [*place, result, number],
    ).fetchone()
    if row is None:
        return None
    kind, day, sealed = row
    return Photo(kind, database.keys.decrypt(connection, day, bytes(sealed), PURPOSE))
