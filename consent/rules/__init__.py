"""Where the law of consent lives: pure functions, plain data in, decision out.

`status` one row · `effective` all rows of a student · `flags` on the student · `gate` may we record ·
`ages` birth years · `limits` under 13 · `methods` verification · `dependencies` between types ·
`asking` whom to ask · `expiry` how long · `invitations` states of a request ·
`notices` what they must say and whom they ask again.
"""
