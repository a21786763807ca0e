"""Particulars as a screen may show them to everybody: enough to recognise, too little to use."""

HIDDEN = "***"
ROUND = "○"


def masked_name(name: str) -> str:
    """王大明 → 王○明, 王明 → 王○, Mary Smith → M○."""
    letters = name.strip()
    if len(letters) < 2 or letters.isascii():
        return letters[:1] + ROUND
    return letters[0] + ROUND + (letters[-1] if len(letters) > 2 else "")


def masked_phone(phone: str) -> str:
    """0912345678 → 0912-***-678; a short one shows its last three digits only."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    if len(digits) < 9:
        return f"{HIDDEN}-{digits[-3:]}" if len(digits) > 5 else HIDDEN
    return f"{digits[:4]}-{HIDDEN}-{digits[-3:]}"
