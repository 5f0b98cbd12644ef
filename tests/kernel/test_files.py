"""Files and the names under which they are kept."""

from urllib.parse import unquote

import pytest

from kernel.files import PDF, as_file


@pytest.mark.parametrize(
    "name",
    ["驻村情况月报-安远县-2026-10.pdf", "塅𠔤.pdf", 'a"b;c\r\nSet-Cookie: x=1.pdf', "../../etc/passwd.pdf"],
)
def test_a_name_in_any_writing_goes_into_a_header_and_comes_out_again(name):
    header = as_file(b"", name, PDF).headers["Content-Disposition"]
    header.encode("latin-1")
    assert "\n" not in header and header.startswith("attachment; filename=file.pdf; ")
    assert unquote(header.rpartition("UTF-8''")[2]) == name
