"""Chinese names sorted and found without ICU."""

from entrepot.stock.pinyin import like_patterns, search_text, sort_key


def test_names_sort_by_their_sound() -> None:
    assert sorted(["重庆店", "北京店", "上海店"], key=sort_key) == ["北京店", "重庆店", "上海店"]


def test_a_name_is_found_by_pinyin_and_by_initials() -> None:
    text = search_text("SKU-9", "羊毛围巾", "Wool scarf", "", "6901234567892")
    assert all(part in text for part in ("sku-9", "羊毛", "wool", "yangmaoweijin", "ymwj", "690123"))


def test_nothing_gives_nothing() -> None:
    assert (sort_key(""), search_text("", ""), like_patterns("  ")) == ("", "", [])


def test_wildcards_of_the_reader_are_letters() -> None:
    assert like_patterns("a_b 50%\x00") == [r"%a\_b%", r"%50\%%"]
