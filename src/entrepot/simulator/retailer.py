"""The demo retailer 山野集 (Shanye Goods): what never changes during a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from entrepot.simulator.catalogue import Sku, build_catalogue
from entrepot.simulator.nodes import Node, build_nodes

StockPolicy: TypeAlias = Literal["confirmations", "sales", "none"]


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A shop, carrier account or file drop that sends messages.

    Parameters
    ----------
    channel, shop : str
        Key of the shop.
    name_zh, name_en : str
        What people call it.
    currency, time_zone : str
        ISO 4217 code; IANA name of the zone its naive times are in.
    secret : mapping of str to str
        What its signatures are made with; demo values, drawn from the seed.
    stock_policy : {"confirmations", "sales", "none"}
        What moves stock: the warehouse's ship confirmations, each sale itself (tills), or nothing.
    default_node : str
        Code of the node its sales leave from when a message does not say.
    native_id : str
        The sender's own id of the shop (Youzan's kdt_id, Douyin's shop_id, Shopify's domain, the till's config).
    kind : {"channel", "carrier", "file"}
        What sort of sender it is.
    """

    channel: str
    shop: str
    name_zh: str
    name_en: str
    currency: str
    time_zone: str
    secret: Mapping[str, str]
    stock_policy: StockPolicy
    default_node: str
    native_id: str = ""
    kind: Literal["channel", "carrier", "file"] = "channel"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier: our code, its name, and the codes Kuaidi100 and Douyin know it by; ``share`` of domestic parcels."""

    code: str
    name_zh: str
    kuaidi100: str
    prefix: str
    digits: int
    share: float


CARRIERS: Final = (
    Carrier("SF", "顺丰速运", "shunfeng", "SF", 13, 0.36),
    Carrier("ZTO", "中通快递", "zhongtong", "", 14, 0.24),
    Carrier("YTO", "圆通速递", "yuantong", "YT", 13, 0.14),
    Carrier("YUNDA", "韵达快递", "yunda", "", 15, 0.10),
    Carrier("STO", "申通快递", "shentong", "77", 13, 0.08),
    Carrier("JT", "极兔速递", "jtexpress", "JT", 13, 0.08),
    Carrier("YANWEN", "燕文物流", "yanwen", "UJ", 9, 0.0),
)


@dataclass(frozen=True, slots=True)
class DemoRetailer:
    """The retailer: SKUs, nodes (centres first), shops, carriers. Equal for equal seeds."""

    seed: int
    skus: tuple[Sku, ...]
    nodes: tuple[Node, ...]
    shops: tuple[DemoShop, ...]
    carriers: tuple[Carrier, ...] = CARRIERS

    @property
    def centres(self) -> tuple[Node, ...]:
        """The regional centres."""
        return tuple(node for node in self.nodes if node.kind == "rdc")

    @property
    def stores(self) -> tuple[Node, ...]:
        """The stores."""
        return tuple(node for node in self.nodes if node.kind == "store")

    def shop(self, channel: str, shop: str = "") -> DemoShop:
        """Find a shop; without a name, the first of the channel."""
        return next(s for s in self.shops if s.channel == channel and shop in ("", s.shop))


def build_retailer(seed: int) -> DemoRetailer:
    """Build the retailer; the seed only changes its secrets."""
    nodes = build_nodes()
    online = (
        _shop(seed, "taobao", "shanye-tmall", "山野集天猫旗舰店", "Shanye on Tmall", "RDC-E", "山野集旗舰店"),
        _shop(seed, "douyin", "shanye-douyin", "山野集抖音官方店", "Shanye on Douyin", "RDC-E", "7171800"),
        _shop(seed, "youzan", "shanye-youzan", "山野集会员商城", "Shanye members' shop", "RDC-E", "80808100"),
        _shop(seed, "shopify", "shanye-goods", "山野集海外站", "Shanye abroad", "RDC-S", "shanye-goods.myshopify.com"),
    )
    tills = tuple(
        _shop(seed, "odoo_pos", store.code.lower(), store.name_zh, store.name_en, store.code, str(store.number))
        for store in nodes
        if store.kind == "store"
    )
    senders = (
        _shop(seed, "sf", "shanye", "顺丰丰桥", "SF Express", "RDC-E", "SYJ_DEMO"),
        _shop(seed, "kuaidi100", "shanye", "快递100", "Kuaidi100", "RDC-E", "shanye"),
        _shop(seed, "files", "wms", "仓库系统文件", "WMS files", "RDC-E", "wms"),
    )
    return DemoRetailer(seed=seed, skus=build_catalogue(), nodes=nodes, shops=online + tills + senders)


_SECRETS: Final[Mapping[str, tuple[str, ...]]] = {
    "taobao": ("app_key", "app_secret", "session"),
    "douyin": ("app_key", "app_secret", "access_token"),
    "youzan": ("client_id", "client_secret", "access_token"),
    "shopify": ("webhook_secret", "access_token"),
    "sf": ("partner_id", "check_word"),
    "kuaidi100": ("salt", "key", "customer"),
}


def _shop(seed: int, channel: str, shop: str, zh: str, en: str, node: str, native_id: str) -> DemoShop:
    kind: Literal["channel", "carrier", "file"] = "channel"
    if channel in ("sf", "kuaidi100"):
        kind = "carrier"
    elif channel == "files":
        kind = "file"
    policy: StockPolicy = "sales" if channel == "odoo_pos" else "confirmations" if kind == "channel" else "none"
    return DemoShop(
        channel=channel,
        shop=shop,
        name_zh=zh,
        name_en=en,
        currency="USD" if channel == "shopify" else "CNY",
        time_zone={"shopify": "America/Phoenix", "odoo_pos": "UTC"}.get(channel, "Asia/Shanghai"),
        secret={
            name: sha256(f"{seed}|{channel}|{shop}|{name}".encode()).hexdigest()[:32]
            for name in _SECRETS.get(channel, ())
        },
        stock_policy=policy,
        default_node=node,
        native_id=native_id,
        kind=kind,
    )
