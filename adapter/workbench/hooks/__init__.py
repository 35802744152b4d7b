"""The CDS playground: call a CDS service as an EHR would, and see what comes of it.

A call goes through these in turn:

- `pages`: takes requests; `form` reads what was filled in and makes the request of it;
- `choosing`: which service of a discovery is meant; `reach`: which may be called at all;
- `prefetching`: how a client honors a prefetch template, the dialects of real ones among them;
- `calls`: calls, and collects what is shown of the answer;
- `cards`, `clients`: cards as each kind of client would show them;
- `evidence`: why our own service answered so; `refusals`: what an error says, and what to do;
- `feedback`: what a user says to a card; `sharing`: the link and the command to hand on.

Folders of their own: `conformance` judges one exchange by the published rules, `service` examines a
service, `tokens` makes and reads tokens.
"""
