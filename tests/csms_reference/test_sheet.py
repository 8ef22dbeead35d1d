"""CSV as RFC 4180 has it, in which nothing that a station sends is a formula."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms_reference.sheet import DANGEROUS, lines


def test_cells_with_commas_quotes_and_lines_are_quoted_and_rows_end_with_crlf():
    assert lines([["a,b", 'say "hi"', "two\r\nlines"], [None, 1.5, Decimal("2.10")]]) == (
        '"a,b","say ""hi""","two\r\nlines"\r\n,1.5,2.10\r\n'
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "=1,2", "＝1"])
def test_text_that_a_spreadsheet_would_carry_out_is_text(text):
    ((cell,),) = csv.reader(io.StringIO(lines([[text]]), newline=""))
    assert cell == f"'{text}"


def test_numbers_stay_numbers():
    assert lines([[-1, -2.5, Decimal("-3.10")]]) == "-1,-2.5,-3.10\r\n"


@given(st.lists(st.lists(st.text(), min_size=1, max_size=3), max_size=3))
def test_whatever_stands_in_a_cell_comes_back_and_begins_no_formula(rows):
    found = list(csv.reader(io.StringIO(lines(rows), newline="")))
    assert [len(row) for row in found] == [len(row) for row in rows]
    for row, told in zip(rows, found, strict=True):
        for text, cell in zip(row, told, strict=True):
            assert not cell.lstrip(" ").startswith(DANGEROUS)
            assert cell.removeprefix("'") in {text, text.removeprefix("'"), text.replace("\0", "")} or "\0" in text
