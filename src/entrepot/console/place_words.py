"""What the provinces of China are called, by the name that orders and rate cards share: without its ending."""

from __future__ import annotations

from entrepot.console.language import _


def provinces() -> dict[str, str]:
    """Return provinces, autonomous regions, municipalities and special administrative regions."""
    return {
        "北京": _("Beijing"),
        "天津": _("Tianjin"),
        "河北": _("Hebei"),
        "山西": _("Shanxi"),
        "内蒙古": _("Inner Mongolia"),
        "辽宁": _("Liaoning"),
        "吉林": _("Jilin"),
        "黑龙江": _("Heilongjiang"),
        "上海": _("Shanghai"),
        "江苏": _("Jiangsu"),
        "浙江": _("Zhejiang"),
        "安徽": _("Anhui"),
        "福建": _("Fujian"),
        "江西": _("Jiangxi"),
        "山东": _("Shandong"),
        "河南": _("Henan"),
        "湖北": _("Hubei"),
        "湖南": _("Hunan"),
        "广东": _("Guangdong"),
        "广西": _("Guangxi"),
        "海南": _("Hainan"),
        "重庆": _("Chongqing"),
        "四川": _("Sichuan"),
        "贵州": _("Guizhou"),
        "云南": _("Yunnan"),
        "西藏": _("Tibet"),
        "陕西": _("Shaanxi"),
        "甘肃": _("Gansu"),
        "青海": _("Qinghai"),
        "宁夏": _("Ningxia"),
        "新疆": _("Xinjiang"),
        "台湾": _("Taiwan"),
        "香港": _("Hong Kong"),
        "澳门": _("Macao"),
    }
