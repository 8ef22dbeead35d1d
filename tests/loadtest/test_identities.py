from pathlib import Path

import pytest

from loadtest.identities import CsvFile, Identity, IdentityError, Part, Pattern


def file(folder: Path, text: str | bytes) -> Path:
    path = folder / "ids.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_pattern_numbers_from_one_and_has_no_end():
    pattern = Pattern("CP-{n:04}", password="secret-of-{id}-{n}")
    assert pattern.of(6) == Identity("CP-0007", "secret-of-CP-0007-7")
    assert pattern.limit is None
    assert "secret" not in repr(pattern)


def test_a_pattern_without_a_number_is_one_station():
    assert Pattern("THE-ONE").limit == 1


@pytest.mark.parametrize("pattern", ["CP-{n", "CP-{x}", "A/{n}", "", "x" * 300 + "{n}"])
def test_a_pattern_that_makes_no_identities_is_refused(pattern):
    with pytest.raises(IdentityError):
        Pattern(pattern)


def test_a_file_gives_each_station_what_it_has_of_its_own(tmp_path):
    found = CsvFile(file(tmp_path, "\ufeffidentity,password,version,profile\nA,pw,1.6,dc-50kw\n\nB,,,\n"))
    assert found.limit == 2
    assert [found.of(0), found.of(1)] == [Identity("A", "pw", "1.6", "dc-50kw"), Identity("B")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ":1: the first line should name columns"),
        ("id,password\nA,b\n", ":1: the first line should name columns"),
        ("identity,identity\nA,b\n", ":1: the first line should name columns"),
        ("identity\n", "no identities"),
        ("identity,password\nA,x\nB\n", ":3: 1 fields where the first line names 2"),
        ("identity\nA\n\nB\nA\n", ":5: 'A' stands on line 2 already"),
        ("identity\nA\nB/C\n", ":3: 'B/C' is no identity"),
        ("identity,password\n,x\n", ":2: '' is no identity"),
        ("identity,version\nA,3.0\n", ":2: stations do not speak OCPP '3.0'"),
        ("identity,profile\nA,ac-22\n", ":2:"),
        (b"identity\nA\n\xff\n", ":3: not UTF-8"),
        ('identity\nA\n"B\n', "not valid CSV"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, says):
    with pytest.raises(IdentityError) as wrong:
        CsvFile(file(tmp_path, text))
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(IdentityError, match="cannot be read"):
        CsvFile(tmp_path / "none.csv")


@pytest.mark.parametrize("limit", [0, 1, 5, 6, 7])
def test_parts_use_no_identity_twice_and_leave_none_out(tmp_path, limit):
    class Row:
        def __init__(self) -> None:
            self.limit = limit

        def of(self, number: int) -> Identity:
            assert number < limit
            return Identity(str(number))

    parts = [Part(Row(), part, 3) for part in range(3)]
    used = [part.of(number).id for part in parts for number in range(part.limit or 0)]
    assert sorted(used) == sorted(str(number) for number in range(limit))
    assert Part(Pattern(), 1, 3).limit is None
    with pytest.raises(IdentityError):
        Part(Row(), 3, 3)
