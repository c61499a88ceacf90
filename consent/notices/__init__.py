"""The notices that parents read before they answer, one text per type and language (16 CFR 312.4(c)).

The texts are Markdown in `<language>/<type>.md` with slots such as `$school`; `slots.toml` beside them
holds the parts that a school may word itself.
"""
