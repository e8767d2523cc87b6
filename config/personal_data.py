"""Where personal data of sellers lies: part -> (what is stored of a seller, its removal), removed in this order.

An export gives named lists of rows. A removal deletes one bounded batch in a transaction of its own and returns how
many rows of what; it is called until it returns nothing, also after a kill.
"""

PERSONAL_DATA: dict[str, tuple[str, str]] = {
    "stock": ("stock.personal_data.export", "stock.personal_data.purge"),
    "listings": ("listings.personal_data.export", "listings.personal_data.purge"),
    "sellers": ("sellers.personal_data.export", "sellers.personal_data.purge"),
}
