import gzip
from pathlib import Path

import pytest

from entrepot.infra.text_files import read_text
from entrepot.kernel.errors import InputError, NotFound


@pytest.mark.parametrize(
    "raw", ["仓".encode(), "仓".encode("utf-8-sig"), gzip.compress("仓".encode())], ids=["plain", "marked", "packed"]
)
def test_plain_and_packed_text_is_read_with_a_mark_or_without(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "file").write_bytes(raw)
    assert read_text(tmp_path / "file", "area") == "仓"


@pytest.mark.parametrize("raw", ["仓".encode("gb18030"), gzip.compress(b"cut off")[:-9]], ids=["foreign", "cut"])
def test_what_is_damaged_or_no_utf8_says_how_to_mend_it(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "file").write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_text(tmp_path / "file", "area")
    assert (caught.value.code, caught.value.mend) == ("area.format", "Give text in UTF-8, plain or gzip.")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no file"):
        read_text(tmp_path / "nothing", "area")
