"""The heading of a rate sheet as people write it: in English or Chinese, units in brackets. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

RECORD: Final = "record"

_BRACKET: Final = re.compile(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]")
_UNIT: Final = re.compile(
    "kg|g|公斤|千克|克|cm|mm|厘米|毫米|%|[¥$€£元]|[a-z]{3}|(?:[¥$€£元]|[a-z]{3})/(?:kg|公斤|千克)"
)
_CHINESE: Final = {
    "record": "记录 记录类型 类型",
    "carrier": "承运商 快递公司 物流公司 快递",
    "service": "服务 服务代码 产品",
    "name": "名称",
    "name_en": "英文名 英文名称",
    "aliases": "别名",
    "days": "星期 工作日",
    "time_zone": "时区",
    "holidays": "节假日",
    "active": "启用",
    "currency": "币种 货币",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
    "divisor": "抛比 体积重系数",
    "weight_step_kg": "计重进位",
    "minimum": "最低收费 最低运费",
    "max_kg": "限重 最大重量",
    "max_cm": "最长边",
    "max_girth_cm": "最大围长",
    "hazmat": "危险品",
    "from_node": "始发仓 发货仓",
    "from_country": "始发国家",
    "from_province": "始发省 始发省份",
    "from_city": "始发城市",
    "country": "国家 目的国家",
    "province": "省 省份 目的省 目的省份",
    "city": "市 城市 目的城市",
    "postal": "邮编",
    "zone": "区域 分区 计费区",
    "transit_days": "时效天数 运输天数",
    "up_to_kg": "重量上限",
    "price": "价格 首重价格",
    "first_kg": "首重",
    "step_kg": "续重",
    "step_price": "续重价格",
    "kind": "附加费类型",
    "percent": "百分比",
    "amount": "金额",
    "per_kg": "每公斤加收",
    "over_kg": "超重",
    "over_cm": "超长",
    "over_girth_cm": "超围长",
    "node": "仓库 节点",
    "time": "截单时间",
    "parcels": "件数",
    "date": "日期",
    "works": "是否营业",
    "note": "备注",
    "carton": "纸箱",
    "length_cm": "长",
    "width_cm": "宽",
    "height_cm": "高",
    "tare_kg": "自重",
    "wall_cm": "壁厚",
}
_COLUMNS: Final = {word: column for column, words in _CHINESE.items() for word in (column, *words.split())}
_RECORDS: Final = {
    "承运商": "carrier",
    "服务": "service",
    "线路": "lane",
    "运价": "rate",
    "附加费": "surcharge",
    "截单": "cut_off",
    "运力": "capacity",
    "例外": "exception",
    "纸箱": "carton",
}


class Head(NamedTuple):
    """A column's name as records know it, and the unit its cells are in where the heading says one."""

    column: str
    unit: str = ""


@lru_cache(maxsize=1024)
def head_of(written: str) -> Head:
    """Tell which column a heading means; one that is not known keeps its words.

    Examples
    --------
    >>> head_of("Max kg"), head_of("价格（元）")
    (Head(column='max_kg', unit=''), Head(column='price', unit='元'))
    """
    plain = " ".join(unicodedata.normalize("NFKC", written).lower().split())
    bracket = _BRACKET.fullmatch(plain)
    unit = "" if bracket is None else bracket[2].replace(" ", "")
    if bracket is not None and _UNIT.fullmatch(unit):
        bare = _known(bracket[1])
        # ``max (kg)`` is the column max_kg; in ``max_kg (g)`` the cells have to say what they are in.
        column = bare or _known(f"{bracket[1]}_{unit}")
        if column is not None:
            return Head(column, unit if bare else "")
    return Head(_known(plain) or plain)


def record_of(written: str) -> str:
    """Return the record that a word names; one that is not known keeps its words."""
    word = unicodedata.normalize("NFKC", written).strip().lower()
    return _RECORDS.get(word, word)


def is_heading(cells: Iterable[str]) -> bool:
    """Tell whether a row names the columns of a rate sheet: that of the record, and another one."""
    columns = {head_of(cell).column for cell in cells} & _CHINESE.keys()
    return RECORD in columns and len(columns) > 1


def _known(words: str) -> str | None:
    return _COLUMNS.get(re.sub(r"[\s\-_]+", "_", words.strip()))
