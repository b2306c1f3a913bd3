"""Files as a reviewer sends them: staged, or confirmed already."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.admin.people import someone
from tests.hub.samples import csv_text
from tests.models import make
from zbsync.models import Upload
from zbsync.pipeline import ingest

HEADER = ["source_id", "姓名", "评分"]


def sent(*rows: list, name: str = "客户.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, csv_text([HEADER, *rows]).encode())


def staged(*rows: list, **given) -> Upload:
    return ingest.stage(make.hub(), sent(*rows, **given), someone("reviewer"))


def confirmed(*rows: list) -> Upload:
    upload = staged(*rows)
    assert ingest.confirm(upload, someone("reviewer"))
    return upload


def many(count: int) -> list[list]:
    return [[f"c{number}", "张三", 85] for number in range(count)]
