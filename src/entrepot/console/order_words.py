"""What the codes of holds, pieces, sourcing, carriers and promises are called; part of `words.vocabulary`."""

from __future__ import annotations

from entrepot.console.language import _


def order_vocabulary() -> dict[str, dict[str, str]]:
    """Return labels by family and code."""
    return {
        "piece": piece_states(),
        "command": commands(),
        "refusal": refusals(),
        "phase": phases(),
        "desk": desk_reasons(),
        "desk_mend": desk_mends(),
        "held": hold_kinds(),
        "hold_state": hold_states(),
        "supply": supply_kinds(),
        "cost": cost_parts(),
        "binding": bindings(),
        "decision": decision_kinds(),
        "left_out": left_out(),
        "price_part": price_parts(),
        "promised_by": promisers(),
        "level": service_levels(),
        "no_offer": no_offers(),
        "wish": wish_kinds(),
        "writeback": writeback_states(),
    }


def piece_states() -> dict[str, str]:
    """Return where a piece of an order line is."""
    return {
        "placed": _("Asked for"),
        "risk_hold": _("Held back"),
        "backordered": _("Backordered"),
        "reserved": _("Stock held"),
        "sourced": _("Sourced"),
        "released": _("Released"),
        "accepted": _("Accepted"),
        "picking": _("Picking"),
        "packed": _("Packed"),
        "ready": _("Ready for pick-up"),
        "shipped": _("Shipped"),
        "delivered": _("Delivered"),
        "collected": _("Collected"),
        "uncollected": _("Not collected"),
        "returning": _("Coming back undelivered"),
        "refused": _("Refused by the node"),
        "short": _("Not found at the node"),
        "timed_out": _("Not answered in time"),
        "cancel_asked": _("Cancel asked"),
        "cancelled": _("Cancelled"),
        "return_asked": _("Return asked"),
        "return_authorised": _("Return authorised"),
        "in_return": _("On the way back"),
        "received": _("Came back"),
        "graded": _("Looked at"),
        "restocked": _("For sale again"),
        "scrapped": _("Scrapped"),
        "vendor": _("Back to the supplier"),
        "lost": _("Lost"),
        "damaged": _("Spoilt"),
    }


def commands() -> dict[str, str]:
    """Return what people may do with pieces, and what facts from outside do."""
    return _commands_before() | _commands_at_node() | _commands_after()


def _commands_before() -> dict[str, str]:
    return {
        "add": _("Add pieces"),
        "match": _("Match a SKU"),
        "hold_risk": _("Hold back"),
        "clear": _("Clear the hold"),
        "reserve": _("Hold stock"),
        "backorder": _("Backorder"),
        "free": _("Let stock go"),
        "source": _("Choose the node"),
        "release": _("Release to the node"),
        "recall": _("Recall"),
        "cancel": _("Cancel pieces"),
        "agree": _("Agree to cancel"),
        "decline": _("Decline to cancel"),
    }


def _commands_at_node() -> dict[str, str]:
    return {
        "accept": _("Accept"),
        "claim": _("Claim"),
        "refuse": _("Refuse"),
        "time_out": _("Give up waiting"),
        "pick": _("Start picking"),
        "short": _("Pick short"),
        "pack": _("Mark packed"),
        "unpack": _("Unpack"),
        "damage": _("Mark spoilt"),
        "ship": _("Hand to carrier"),
        "make_ready": _("Make ready"),
        "collect": _("Mark collected"),
        "leave": _("Mark not collected"),
        "send_back": _("Send back"),
        "put_back": _("Put back"),
    }


def _commands_after() -> dict[str, str]:
    return {
        "deliver": _("Mark delivered"),
        "turn_back": _("Turn back"),
        "lose": _("Mark lost"),
        "confirm_issue": _("Confirm the issue"),
        "ask_return": _("Ask to return"),
        "authorise": _("Authorise the return"),
        "exchange": _("Exchange"),
        "keep": _("Keep it after all"),
        "send_in": _("Mark sent in"),
        "receive": _("Receive"),
        "grade_sound": _("Grade: sound"),
        "grade_faulty": _("Grade: faulty"),
        "restock": _("Restock"),
        "scrap": _("Scrap"),
        "to_vendor": _("To the supplier"),
        "write_off": _("Write off"),
        "told_shipped": _("Channel says: shipped"),
        "told_collected": _("Channel says: collected"),
        "told_issued": _("Warehouse says: issued"),
        "told_unheld": _("Hold ended elsewhere"),
        "told_back_sound": _("Warehouse says: back, sound"),
        "told_back_faulty": _("Warehouse says: back, faulty"),
        "told_back_unseen": _("Warehouse says: back"),
    }


def refusals() -> dict[str, str]:
    """Return why a command, or the hold it needs, is refused."""
    return {
        "id_reused": _("This command id was another command before"),
        "stale": _("The order has moved on; look again and decide anew"),
        "unknown_command": _("There is no such command"),
        "nothing_added": _("No SKU and quantity to add"),
        "nothing_to_edit": _("Nothing is to change"),
        "unknown_sku": _("There is no such SKU"),
        "other_sku": _("The line is of another SKU; name a new line"),
        "order_cancelled": _("The order is cancelled; place a new one"),
        "unknown_piece": _("The order has no such line or piece"),
        "wrong_node": _("The pieces are with another node"),
        "illegal": _("Not possible in the state the pieces are in"),
        "unmatched": _("The line names no SKU of ours; match the listing first"),
        "unpaid": _("Not paid yet; wait for the payment, or cancel"),
        "held": _("The order is held back; clear the hold first"),
        "not_to_ship": _("The customer collects it; make it ready instead"),
        "not_to_collect": _("It goes by carrier; hand it over instead"),
        "no_hold": _("No stock is held for it"),
        "still_here": _("It never left the node; put it back instead"),
        "barred": _("The node has refused it before; name another"),
        "not_sound": _("Graded faulty; scrap it or send it to the supplier"),
        "not_faulty": _("Graded sound; restock it"),
        "too_many": _("More pieces than there are"),
        "bad_spots": _("The nodes named do not serve exactly these pieces"),
        "no_reason": _("Say why"),
        "nothing_to_source": _("Nothing of it can be sourced now"),
        "unknown_node": _("There is no such node"),
        "impossible": _("A rule or the stock forbids it"),
        "moved": _("The stock went meanwhile"),
        "conflict": _("This id names another hold"),
        "expired": _("It would be over before it began"),
        "unknown_cell": _("Nothing of the SKU was ever there"),
        "protected": _("There is enough, but it is kept for other channels"),
        "backorder_cap": _("More than may be promised beyond what is there"),
        "short": _("Not enough free stock"),
        "unknown": _("There is no such hold"),
        "over": _("The hold has ended"),
        "unknown_part": _("The hold has no such line there"),
        "not_soft": _("The hold is firm already"),
        "not_firm": _("Goods leave only for an order or a transfer"),
        "quantity": _("A move keeps the quantity of each line"),
    }


def phases() -> dict[str, str]:
    """Return the status of an order, a rule over its pieces."""
    whole = {
        "waiting": _("Waiting for stock"),
        "promised": _("Stock held"),
        "in_work": _("In work"),
        "under_way": _("Under way"),
        "served": _("Served"),
        "coming_back": _("Coming back"),
        "taken_back": _("Taken back"),
    }
    part = {
        "part_promised": _("Partly held"),
        "part_in_work": _("Partly in work"),
        "part_under_way": _("Partly under way"),
        "part_served": _("Partly served"),
        "part_coming_back": _("Partly coming back"),
        "part_taken_back": _("Partly taken back"),
    }
    return whole | part | {"cancelled": _("Cancelled")}


def desk_reasons() -> dict[str, str]:
    """Return why an order is on the desk."""
    return {
        "over_issued": _("More left than was ordered"),
        "refused": _("Refused or not answered"),
        "short": _("Not found at the node"),
        "lost": _("Lost or spoilt on the way"),
        "backordered": _("Backordered"),
        "unmatched_sku": _("Lines without a known SKU"),
        "no_way": _("No way to send it"),
        "overdue_accept": _("Not accepted in time"),
        "overdue_ship": _("Not shipped in time"),
        "cancel_asked": _("Node is asked to stop"),
        "address_changed": _("Address changed after release"),
        "uncollected": _("Not collected"),
        "held": _("Held back"),
        "unpaid": _("Long unpaid"),
        "returning": _("Coming back undelivered"),
        "return_asked": _("Return asked"),
        "to_grade": _("Came back, not looked at"),
        "to_put_away": _("Looked at, not put away"),
        "unconfirmed": _("Shipped, warehouse silent"),
        "late_risk": _("Likely to be late"),
    }


def desk_mends() -> dict[str, str]:
    """Return what one does about it."""
    return {
        "over_issued": _("Look at the movements: a shipment was booked twice, or a channel lowered the quantity."),
        "refused": _("Hold stock again; the node that refused is not asked a second time."),
        "short": _("Hold stock elsewhere, and count the shelf: the missing pieces are set aside."),
        "lost": _("Send a replacement, or cancel and refund."),
        "backordered": _("They are served when their supply comes; hold stock now if some was found, or cancel."),
        "unmatched_sku": _("Match the listing to a SKU; its pieces wait until then."),
        "no_way": _("Read its sourcing: correct the address, import a card that goes there, or deliver it yourselves."),
        "overdue_accept": _("Call the store, or recall the work and let another node take it."),
        "overdue_ship": _("Call the node, or recall the work and let another node take it."),
        "cancel_asked": _("Ask the node: agree when it has stopped, decline when it is too late."),
        "address_changed": _("Tell the node the new address, or recall the work and release it again."),
        "uncollected": _("Remind the customer, or send it back."),
        "held": _("Look at the risk, address or payment, then clear the hold."),
        "unpaid": _("Wait for the payment, or cancel and let the stock go."),
        "returning": _("Receive it when it is there."),
        "return_asked": _("Authorise the return, or agree with the customer to keep it."),
        "to_grade": _("Look at it: sound or faulty."),
        "to_put_away": _("Restock what is sound; scrap or send back what is faulty."),
        "unconfirmed": _("Ask the warehouse; when it has left, confirm the issue so that the stock is booked."),
        "late_risk": _("Tell the customer early, or send it faster from another node while it can still move."),
    }


def hold_kinds() -> dict[str, str]:
    """Return what a hold is for."""
    return {"cart": _("Cart"), "order": _("Order"), "transfer": _("Transfer"), "quota": _("Quota")}


def hold_states() -> dict[str, str]:
    """Return where a hold is."""
    return {
        "held": _("Held"),
        "posted": _("Posted"),
        "voided": _("Let go"),
        "expired": _("Expired"),
        "displaced": _("Displaced"),
    }


def supply_kinds() -> dict[str, str]:
    """Return what is on its way to a node."""
    return {"purchase": _("Purchase"), "transfer": _("Transfer"), "return": _("Return")}


def cost_parts() -> dict[str, str]:
    """Return what the cost of a sourcing candidate is made of."""
    return {
        "carrier": _("Freight"),
        "handling": _("Handling"),
        "split": _("Split"),
        "load": _("Node load"),
        "markdown": _("Markdown saved"),
        "stock_price": _("Stock price"),
        "refusal": _("Risk of refusal"),
    }


def bindings() -> dict[str, str]:
    """Return what decided a sourcing."""
    return {
        "short": _("Too little stock anywhere"),
        "no_candidate": _("No node can serve it"),
        "rule": _("A hard rule left one way"),
        "only_candidate": _("The only way"),
        "carrier": _("Lowest freight"),
        "stock_price": _("Stock price"),
        "refusal": _("Risk of refusal"),
        "markdown": _("Markdown saved"),
        "load": _("Node load"),
        "split": _("One parcel fewer"),
        "handling": _("Handling"),
        "batch": _("Decided with other orders"),
    }


def decision_kinds() -> dict[str, str]:
    """Return who decided a sourcing."""
    return {"single": _("Decided by itself"), "batch": _("Decided with other orders"), "override": _("Overridden")}


def left_out() -> dict[str, str]:
    """Return why a node was not considered."""
    return {
        "inactive": _("Closed"),
        "barred": _("Has refused this order"),
        "channel": _("Does not serve this channel"),
        "cut_off": _("Leaves too late"),
        "hazmat": _("Takes no dangerous goods"),
        "capacity": _("Full"),
        "stock": _("No stock"),
        "no_service": _("No carrier takes it there"),
        "promise": _("Arrives after the promise"),
        "dominated": _("Another node does it better"),
    }


def price_parts() -> dict[str, str]:
    """Return what a carrier's price is made of."""
    return {
        "freight": _("Freight"),
        "minimum": _("Least freight"),
        "fuel": _("Fuel"),
        "remote": _("Remote area"),
        "oversize": _("Oversize"),
        "weekend": _("Weekend"),
        "hazmat": _("Dangerous goods"),
    }


def no_offers() -> dict[str, str]:
    """Return why a service makes no offer for a parcel."""
    return {
        "no_lane": _("Does not go there"),
        "closed_lane": _("Its card has no price for there"),
        "hazmat": _("Takes no dangerous goods"),
        "too_heavy": _("Too heavy for it"),
        "too_large": _("Too large for it"),
        "no_pick_up": _("Collects nothing there in the next two months"),
        "no_capacity": _("Full in the next two months"),
        "no_delivery_day": _("Works too few days to deliver"),
    }


def promisers() -> dict[str, str]:
    """Return when a date was promised."""
    return {"placed": _("When the order came in"), "watch": _("The watch, for the date before could be missed")}


def service_levels() -> dict[str, str]:
    """Return how sure a promise is."""
    return {"standard": _("Standard"), "certain": _("Certain")}


def wish_kinds() -> dict[str, str]:
    """Return what a channel is told."""
    return {"stock": _("Stock level"), "shipment": _("Shipment")}


def writeback_states() -> dict[str, str]:
    """Return where a wish to a channel is."""
    return {
        "waiting": _("To be sent"),
        "done": _("Told"),
        "held": _("Held for a person"),
        "dead": _("Given up"),
    }
