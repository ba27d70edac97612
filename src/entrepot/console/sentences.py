"""What a finding says and how to mend it, by rule or by the rule's first word, in the language of the request.

Scripts fill the placeholders from the finding itself (`static/sentences.js`). The hub writes every finding in English
too: that text is shown where there is no sentence here, and ``{detail}`` is its own account of the fault.
"""

from __future__ import annotations

from entrepot.console.language import _


def sentences() -> dict[str, dict[str, str]]:
    """Return sentences by family: ``finding`` and ``mend`` by rule, ``expected`` and ``place`` by the English form."""
    return {"finding": findings(), "mend": mends(), "expected": expectations(), "place": places()}


def findings() -> dict[str, str]:
    """Return what is wrong."""
    return {
        "decode.json": _("The body is not JSON: {detail}"),
        "decode.encoding": _("The body is not text in the charset it should be in."),
        "decode.depth": _("The JSON is nested too deep."),
        "decode.form": _("The body is not a form."),
        "decode": _("The body cannot be read: {detail}"),
        "message.unrecognised": _("The body is none of the messages known of this channel."),
        "message.empty": _("The message is understood and holds no record."),
        "required": _("The record has no {field}; it was kept out."),
        "field": _("{field} cannot be read: {observed} is not {expected}."),
        "fold.refused": _("The message is understood but cannot be stored as it is: {detail}"),
        "arithmetic.goods": _("The lines add up to {observed}, the order's goods are {expected} (in minor units)."),
        "arithmetic.total": _(
            "The order's total is {observed}; goods, freight, tax and discounts give {expected} (in minor units)."
        ),
        "complete.lines": _("The order has no line."),
        "timely.placed_at": _("The order was placed after it was received: {observed}."),
        "stock.conflict": _("This id is in the stock book with other content; the first entry stays."),
        "stock.count_difference": _("{observed} pieces were counted; the book had {expected}."),
        "stock": _("The record moves no stock: {detail}"),
        "files.rows": _("The JSON holds no list of rows."),
        "files.row": _("The row was kept out: {detail}"),
        "files.header": _("The header row has no column names."),
        "files.binary": _("This is an Excel workbook or a Parquet file, not text."),
        "files.encoding": _("The file is neither UTF-8, UTF-16 nor GB 18030 text."),
        "files": _("The file cannot be read: {detail}"),
    }


def mends() -> dict[str, str]:
    """Return what to do about it; ``record`` is a value that kept its whole record out, ``place`` a place in a file."""
    return {
        "decode.encoding": _("Name the charset in Content-Type, or send UTF-8."),
        "decode.depth": _("Send a flatter message."),
        "decode.form": _("Send name=value pairs."),
        "decode": _("Send the message again, or mend its text and replay."),
        "message.unrecognised": _("Check channel and topic, or add a mapping."),
        "required": _("Ask the channel for the full message, or mend its text and replay."),
        "field": _("The record flows without this field. Extend the mapping or mend the text, then replay."),
        "record": _("The record was kept out whole. Extend the mapping or mend the text, then replay."),
        "fold.refused": _("Mend the value named, or extend the mapping, then replay."),
        "stock": _("Correct the document at its source."),
        "files.rows": _("Send a list of rows, or a CSV."),
        "files.header": _("Put the column names there, or say in the mapping where they stand."),
        "files.binary": _("Load it from the command line, with a mapping."),
        "files.encoding": _("Save it as CSV UTF-8, or name its encoding in the mapping."),
        "files": _("Mend the file and load it again."),
        "place": _("Mend the cell, or teach the mapping this form, and load the file again."),
    }


def expectations() -> dict[str, str]:
    """Return what a value should have been, by the hub's words for it; names in braces stand for any text."""
    return {
        "{expected}, between 1990 and 2100": _("{expected}, between 1990 and 2100"),
        "one of {name}: {values}": _("one of {name}: {values}"),
        "one of: {values}": _("one of: {values}"),
        "one of {values}": _("one of: {values}"),
        "text": _("text"),
        "a sentence": _("text"),
        "an id": _("an id"),
        "an id of at most 200 characters": _("an id of at most 200 characters"),
        "an ISO 4217 code": _("an ISO currency code"),
        "a number": _("a number"),
        "a finite number": _("a number"),
        "a number with the decimal mark {mark}": _("a number with the decimal mark {mark}"),
        "an amount in whole {currency}": _("an amount in whole {currency}"),
        "a whole number of minor units of {currency}": _("a whole number of minor units of {currency}"),
        "a whole number of pieces": _("a whole number of pieces"),
        "a number of pieces, 0 or more": _("a number of pieces, 0 or more"),
        "a discount of 0 to 100 percent": _("a discount of 0 to 100 percent"),
        "true or false": _("true or false"),
        "seconds since 1970": _("seconds since 1970"),
        "milliseconds since 1970": _("milliseconds since 1970"),
        "a time of China such as {form}": _("a time of China such as {form}"),
        "a local time of the shop such as {form}": _("a local time of the shop such as {form}"),
        "a time in UTC such as {form}, or one with its offset": _(
            "a time in universal time such as {form}, or one with its offset"
        ),
        "a time in UTC such as {form}": _("a time in universal time such as {form}"),
        "a time with its offset such as {form}": _("a time with its offset such as {form}"),
        "a time of the form {form}": _("a time of the form {form}"),
        "a time such as {form}": _("a time such as {form}"),
        "JSON": _("JSON text"),
    }


def places() -> dict[str, str]:
    """Return where in a file a finding stands."""
    return {
        "{file}, row {row}, column {column}": _("{file}, row {row}, column {column}: "),
        "{file}, row {row}": _("{file}, row {row}: "),
    }
