"""What every file that a person writes has in common: lines in errors, and what was probably meant."""

import pytest

from conformance.document import Document, nearest, text_of


def test_errors_name_file_and_line():
    document = Document("d.yaml", KeyError)
    root = document.root("a: 1\nb: [1, 2]\n", "a and b")
    entries = document.entries(root, ("a", "b"))
    assert (document.value(entries["b"]), document.line(entries["b"])) == ([1, 2], 2)
    assert str(document.wrong(entries["b"], "no")) == "'d.yaml:2: no'"
    with pytest.raises(KeyError, match=r"d.yaml:1: 'a' is unknown; expected one of b, c"):
        document.entries(root, ("b", "c"))
    with pytest.raises(KeyError, match=r"d.yaml:1: expected a list"):
        document.items(entries["a"])
    with pytest.raises(KeyError, match=r"d.yaml:1: 1; expected a text"):
        document.text(entries["a"])


@pytest.mark.parametrize("text", ["- 1", "", "a: ["])
def test_what_is_no_mapping(text):
    with pytest.raises(ValueError, match=r"^d"):
        Document("d", ValueError).root(text, "a")


def test_a_date_that_is_none_is_the_files_fault():
    document = Document("d", ValueError)
    with pytest.raises(ValueError, match=r"d:1: "):
        document.value(document.pairs(document.root("a: !!python/object:os.system x", "a"))[0][1])


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        text_of(tmp_path / "none", ValueError)
    (tmp_path / "latin").write_bytes(b"\xe4")
    with pytest.raises(ValueError, match="UTF-8"):
        text_of(tmp_path / "latin", ValueError)


def test_the_nearest_name():
    assert nearest("plugg", ["unplug", "plug", "present"]) == "plug"
    assert nearest("zzz", ["plug"]) == ""
