"""The pages as they are looked at from top to end, by the audit of access and for the pictures of docs/pages.md."""

VIEWS = {  # address, and a text that stands at its end: once it is there all has been drawn
    "home": ("", "Use it responsibly"),
    "verify": ("verify?example=covered", "What this model was trained on"),
    "everybody": ("verify?example=street&person_a=1&person_b=2", "What this model was trained on"),
    "attention": ("attention?more=true", "Strip (MP4)"),
    "bias lab": ("bias_lab", "What is shown"),
    "train": ("train", "Data set"),
    "rates": ("runs?view=ranks", "LaTeX rows"),
    "position bias": ("runs?view=bias", "attention by itself is no explanation"),
    "presenter": ("bias_lab?present=true&step=1", "That is our guess"),
    "real people": ("runs?view=real", "tracklets"),
    "settings": ("runs?view=settings", "shipped-sab"),
    "search": ("search?query=5&play=line.4", "What is kept, and where"),
    "gallery": ("runs?view=gallery&runs=shipped-utrcnn", "Verify and Attention open"),
}
PAGES = {address.partition("?")[0] for address, _ in VIEWS.values()}
